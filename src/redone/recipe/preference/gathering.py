"""All pairs of a stage, made once: a resumed stage reads what was written before the first update."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from redone.recipe.config import PreferenceStage
from redone.recipe.context import StageContext
from redone.recipe.dataset import Dataset
from redone.recipe.durable import read_json, write_bytes, write_json
from redone.recipe.hashing import derive_seed
from redone.recipe.preference.objective import mistake_pairs, option_pairs
from redone.recipe.preference.subjective import subjective_pairs
from redone.recipe.stages.policy import Policy
from redone.records import Message, PreferencePair
from redone.tasks import rewards

PAIRS, SUMMARY = "pairs.jsonl", "preference.json"
KINDS = ("expert", "judge", "options", "mistake")


def gathered(context: StageContext, policy: Policy, settings: PreferenceStage) -> list[PreferencePair]:
    """The stage's pairs; ``pairs.jsonl`` and ``preference.json`` are left in its folder.

    The summary is written last, so that a kill in between makes the pairs again.
    """
    if (context.folder / SUMMARY).exists():
        return read_pairs(context.folder / PAIRS)
    dataset: Dataset = context.dataset.dataset
    tasks = subjective_tasks(dataset, settings)
    found = subjective_pairs(context, policy, settings, tasks)
    options, unused = option_pairs(dataset, settings, tasks, derive_seed(context.seed, "options"))
    mistakes, answered = mistake_pairs(context, policy, settings, tasks)
    pairs = [*found.pairs, *options, *mistakes]
    lines = [orjson.dumps(asdict(pair)) + b"\n" for pair in pairs]
    write_bytes(context.folder / PAIRS, b"".join(lines))
    counts = Counter(pair.origin for pair in pairs)
    write_json(
        context.folder / SUMMARY,
        {
            "pairs": {kind: counts[kind] for kind in KINDS},  # type: ignore[index]
            "tasks": dict(sorted(Counter(pair.task for pair in pairs).items())),
            "subjective": list(tasks),
            "annotated": found.annotated,
            "judges": [admission.as_json() for admission in found.admissions],
            "gate": settings.gate.model_dump(mode="json"),
            "left_out": dict(sorted((found.left_out + unused + answered).items())),
            "warnings": found.warnings,
        },
    )
    return pairs


def subjective_tasks(dataset: Dataset, settings: PreferenceStage) -> tuple[str, ...]:
    """The tasks that the recipe names and the pool has; by default those that are answered in free wording."""
    there = dataset.platform_tasks
    if settings.subjective:
        return tuple(task for task in settings.subjective if task in there)
    return tuple(task for task in there if dataset.tasks[task].reward == rewards.WORDING)


def read_pairs(path: Path) -> list[PreferencePair]:
    """The pairs as written."""
    return [pair_of(orjson.loads(line)) for line in path.read_bytes().splitlines()]


def pair_of(row: Mapping[str, Any]) -> PreferencePair:
    """A pair from its fields."""
    return PreferencePair(**{**row, "messages": tuple(Message(**message) for message in row["messages"])})


def summary(context: StageContext) -> dict[str, Any]:
    """What ``gathered`` has counted."""
    return read_json(context.folder / SUMMARY) or {}
