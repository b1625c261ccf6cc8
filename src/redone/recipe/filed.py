"""The dataset of a run on the user's own files, read through mapping files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from redone.errors import UserError
from redone.recipe.config import FilesData, Recipe, TinyBase
from redone.recipe.dataset import Dataset
from redone.recipe.inputs import data_root
from redone.recipe.simulated import general_examples
from redone.records import Example
from redone.sources.ingest import Ingested, IngestSettings, ingest
from redone.sources.ingest.sampling import in_turn
from redone.sources.simulator import Split
from redone.tasks import Task, catalogue

QUARANTINE = "quarantine.jsonl"
"""Rows that could not be used, in the run folder: file, line, reason."""
BASE_PART = 0.5
"""At most this part of a task's training rows is kept for a tiny base model to read; the pool has the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What the mapping files give. ``base`` are training rows outside the pool, for a tiny base model."""

    tasks: dict[str, Task]
    train: tuple[Example, ...]
    base: tuple[Example, ...]
    dev: tuple[Example, ...]
    test: tuple[Example, ...]
    general: Mapping[str, tuple[Example, ...]]
    """Conversations of the files, by split; they belong to the general prompts."""
    summary: str


def filed_dataset(recipe: Recipe, folder: Path, *, sandbox: bool) -> Dataset:
    """The pool, dev and test splits of the mapped tasks, and the general tasks: generated and conversations.

    Labels are taken as the files have them: nothing is made noisy.

    Raises:
        UserError: a mapping or file is missing or wrong, or too many rows cannot be read.
    """
    data = recipe.data
    assert isinstance(data, FilesData)
    files = read_files(recipe, folder)
    sizes: dict[Split, int] = {
        "train": data.general.train,
        "dev": data.general.dev,
        "test": data.general.test,
    }
    general = {
        split: (
            *files.general[split],
            *general_examples(split, count - len(files.general[split]), recipe.seed, sandbox=sandbox),
        )
        for split, count in sizes.items()
    }
    known = catalogue()
    used = {example.task for part in general.values() for example in part}
    talks = len(files.general["train"])
    said = f"{len(files.train)} platform and {len(general['train'])} general examples"
    note = f"{said}, {talks} of them conversations" if talks else said
    return Dataset(
        tasks={**files.tasks, **{task: known[task] for task in known if task in used}},
        train=files.train,
        general=general["train"],
        dev=(*files.dev, *general["dev"]),
        test=(*files.test, *general["test"]),
        reasoning=frozenset(e.task for part in (files.train, general["train"]) for e in part if e.rationale),
        notes=(files.summary, note),
    )


@lru_cache(maxsize=2)
def read_files(recipe: Recipe, folder: Path) -> Files:
    """Read every mapping of a recipe once per process; the base stage and the dataset share the result."""
    data = recipe.data
    assert isinstance(data, FilesData)
    sizes, talks = data.examples_per_task, conversations_asked(data)
    extra = _base_rows(recipe)
    limits, settings = ingest_limits(recipe)
    found: Ingested = ingest(
        [Path(path) for path in data.mappings], data_root(data), folder / QUARANTINE, limits, settings
    )
    every = [(task, parts) for task, parts in found.tasks if not data.tasks or task.id in data.tasks]
    wanted = [(task, parts) for task, parts in every if task.suite != "general"]
    chats = [(task, parts) for task, parts in every if task.suite == "general"]
    if not wanted:
        raise UserError("data: no mapping file gives a platform task; conversations alone are not enough")
    pools = [_parted(parts["train"], sizes.train, extra) for _, parts in wanted]
    talked = {
        split: in_turn([list(parts[split]) for _, parts in chats], talks[split])
        for split in ("train", "dev", "test")
    }
    return Files(
        tasks={task.id: task for task, _ in every},
        train=tuple(example for pool, _ in pools for example in pool),
        base=tuple(e for _, rest in pools for e in rest if e.task not in data.unseen_tasks),
        general={split: tuple(part) for split, part in talked.items()},
        dev=tuple(example for _, parts in wanted for example in parts["dev"]),
        test=tuple(example for _, parts in wanted for example in parts["test"]),
        summary=found.text(),
    )


def ingest_limits(recipe: Recipe) -> tuple[dict[str, int], IngestSettings]:
    """Most examples per task and split, and how files are read, for a recipe on files."""
    data = recipe.data
    assert isinstance(data, FilesData)
    sizes = data.examples_per_task
    limits = {"train": sizes.train + _base_rows(recipe), "dev": sizes.dev, "test": sizes.test}
    settings = IngestSettings(
        quarantine_limit=data.quarantine_limit,
        seed=recipe.seed,
        general_limits=conversations_asked(data),
    )
    return limits, settings


def conversations_asked(data: FilesData) -> dict[str, int]:
    """How many of the general prompts of each split are conversations, where the files have so many."""
    general = data.general
    sizes = {"train": general.train, "dev": general.dev, "test": general.test}
    return {split: round(size * data.chat_share) for split, size in sizes.items()}


def _base_rows(recipe: Recipe) -> int:
    """Training rows per task beyond the pool that a tiny base model may read."""
    if not isinstance(recipe.base, TinyBase):
        return 0
    return recipe.data.examples_per_task.train


def _parted(rows: Sequence[Example], pool: int, extra: int) -> tuple[Sequence[Example], Sequence[Example]]:
    """The pool, and what the base reads: never more than a part of a task that is short of rows."""
    if not extra:
        return rows, ()
    border = max(min(pool, len(rows)) - extra, round(len(rows) * (1 - BASE_PART)))
    return rows[:border], rows[border:]
