"""Keeping benchmarks out of training: every text that a run trains on, shown to a check before the first stage.

The check itself is handed in (``workshop``): benchmarks stand above recipes, which know nothing of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from redone.errors import UserError
from redone.recipe.config import (
    BenchmarksConfig,
    ContinuedStage,
    FilesData,
    PreferenceStage,
    Recipe,
    TinyBase,
)
from redone.recipe.dataset import Dataset
from redone.recipe.filed import read_files
from redone.recipe.preference.annotations import placed_answers
from redone.recipe.text_files import placed_texts
from redone.recipe.texts import texts_of
from redone.records import Example

PlacedText = tuple[str, str]
"""Where a text stands, for people, and the text."""
TrainingCheck = Callable[[BenchmarksConfig, Iterator[PlacedText]], Sequence[str]]
"""Returns lines for the report; raises a ``UserError`` that names item and place when it finds something."""


def guarded(recipe: Recipe, dataset: Dataset, folder: Path, check: TrainingCheck | None) -> tuple[str, ...]:
    """Show the training texts to the check, if the recipe asks for it, and return what it says.

    Raises:
        UserError: a benchmark item is trained on, or there is no check to ask.

    """
    if recipe.benchmarks is None:
        return ()
    if check is None:
        raise UserError(
            "benchmarks: the recipe asks for a check, but none was handed to workshop(); pass "
            "redone.bench.guard.check_training, or remove the key"
        )
    return tuple(check(recipe.benchmarks, training_texts(recipe, dataset, folder)))


def training_texts(recipe: Recipe, dataset: Dataset, folder: Path) -> Iterator[PlacedText]:
    """Yield every text that a stage or a tiny base model is trained on; dev and test examples are not.

    Pairs of preferences are made of examples, of what the model itself answers to them, and of the answers in
    experts' annotations: the first and the last come from outside and are here.

    Raises:
        UserError: a file of continued pretraining, or of experts' annotations, cannot be read.

    """
    own: tuple[Example, ...] = ()
    if isinstance(recipe.data, FilesData) and isinstance(recipe.base, TinyBase):
        own = read_files(recipe, folder).base
    for example in (*dataset.train, *dataset.general, *own):
        yield f"example {example.id}", example_text(example)
    for stage in recipe.stages:
        if isinstance(stage, ContinuedStage):
            yield from _documents(recipe, stage)
        if isinstance(stage, PreferenceStage) and stage.experts.annotations:
            yield from placed_answers(Path(stage.experts.annotations))


def example_text(example: Example) -> str:
    """Everything of an example that a model may learn: prompt, rationale, target and references."""
    parts = [*(message.content for message in example.messages), example.rationale, example.target]
    return "\n".join([*parts, *example.references])


def _documents(recipe: Recipe, stage: ContinuedStage) -> Iterator[PlacedText]:
    """The rows of the files as they stand there, and the documents of the embedded platform."""
    embedded = {name: source for name, source in stage.sources.items() if not source.files}
    for name, source in stage.sources.items():
        if source.files:
            yield from placed_texts(source, f"stages.{stage.name}.sources.{name}")
    if embedded:
        written = stage.model_copy(update={"sources": embedded})
        for name, texts in texts_of(recipe, written, stage.reading.row_tokens).items():
            for at, text in enumerate(texts.train):
                yield f"stages.{stage.name}.sources.{name}, document {at}", text
