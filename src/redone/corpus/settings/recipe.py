"""A curation recipe: what ``redone curate`` reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field

from redone.corpus.settings.corpus_settings import MixtureSettings, TokenSettings
from redone.corpus.settings.document_settings import DocumentSettings
from redone.corpus.settings.duplicate_settings import DuplicateSettings
from redone.corpus.settings.node import Settings
from redone.corpus.settings.steps import StepSettings
from redone.sources.ingest.keys import validate
from redone.sources.ingest.yaml_file import load_yaml


class CurationRecipe(Settings):
    """From raw input to training documents."""

    name: str = "curation"
    """Name on the report and the card."""
    seed: int = Field(default=1, ge=0)
    """Seed of the samples that steps draw."""
    shard_mib: int = Field(default=64, ge=1, le=512)
    """MiB of raw text in a shard: what a worker holds in memory at a time is some four times as much."""
    steps: StepSettings = StepSettings()
    """What each shard goes through by itself."""
    duplicates: DuplicateSettings = DuplicateSettings()
    """Exact and near-duplicates."""
    documents: DocumentSettings | None = DocumentSettings()
    """Interaction documents, where rows belong to notes; null: every row is a document."""
    tokens: TokenSettings = TokenSettings()
    """Token counts."""
    mixture: MixtureSettings = MixtureSettings()
    """How much of which source is read."""


def read_recipe(path: Path) -> CurationRecipe:
    """Read a curation recipe.

    Raises:
        UserError: names the key, the value seen and what would be right.

    """
    return recipe_of(load_yaml(path), str(path))


def recipe_of(data: Any, where: str) -> CurationRecipe:
    """Check the plain values of a recipe."""
    return validate(CurationRecipe, data, where)
