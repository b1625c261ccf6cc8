"""A curation recipe: what ``redone curate`` reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from redone.corpus.settings.corpus_settings import MixtureSettings, TokenSettings
from redone.corpus.settings.document_settings import DocumentSettings, InteractionMapping
from redone.corpus.settings.duplicate_settings import DuplicateSettings
from redone.corpus.settings.node import Settings
from redone.corpus.settings.reading import ReadingSettings, SourceMapping
from redone.corpus.settings.steps import StepSettings
from redone.sources.ingest.keys import validate
from redone.sources.ingest.yaml_file import load_yaml


class CurationRecipe(Settings):
    """From raw input to training documents."""

    name: str = "curation"
    """Name on the report and the card."""
    seed: int = Field(default=1, ge=0)
    """Seed of the samples that steps draw."""
    sources: tuple[SourceMapping, ...] = ()
    """Which files are which source, and what their columns mean. Empty: each file is a source of its own, and
    columns are recognised by their usual names."""
    reading: ReadingSettings = ReadingSettings()
    """How input is cut into shards, and when too much of it is faulty."""
    parents: Mapping[str, str] = {}
    """Source of comments or searches -> source of the notes that their parents are; itself where not named."""
    without: tuple[Literal["informal", "language", "spam", "rules", "pii"], ...] = ()
    """Steps that are left out."""
    quality: bool = False
    """Train a quality model on a sample and score every row; `steps.quality.threshold` decides what goes."""
    benchmarks: tuple[str, ...] = ()
    """Folders of benchmarks, relative to the recipe, whose items must not be in the corpus."""
    interactions: InteractionMapping | None = None
    """Log of who read what; null: none."""
    steps: StepSettings = StepSettings()
    """What each shard goes through by itself."""
    duplicates: DuplicateSettings = DuplicateSettings()
    """Exact and near-duplicates."""
    documents: DocumentSettings | None = DocumentSettings()
    """Interaction documents, where rows belong to notes; null: every row is a document."""
    tokens: TokenSettings = TokenSettings()
    """Token counts."""
    keep_work: bool = False
    """Keep the files between the stages when all is done: a changed recipe then reuses what it can."""
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
