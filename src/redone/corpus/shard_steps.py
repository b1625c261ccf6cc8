"""The shard steps of a recipe, in order."""

from __future__ import annotations

from pathlib import Path

from redone.corpus.settings.recipe import CurationRecipe
from redone.corpus.step import ShardStep
from redone.corpus.steps.informal import Informal
from redone.corpus.steps.language import Language
from redone.corpus.steps.normalise import Normalise
from redone.corpus.steps.rules import Rules


def steps_of(recipe: CurationRecipe, folder: Path) -> list[ShardStep]:
    """Return the steps; what a run trained or read beforehand lies below ``folder``."""
    settings = recipe.steps
    return [
        Normalise(),
        Informal(settings.informal),
        Language(settings.language),
        Rules(settings.rules),
    ]
