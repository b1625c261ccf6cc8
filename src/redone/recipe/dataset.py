"""What a run trains and is judged on, whatever the source: one pool for all stages, a dev and a test split."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import orjson

from redone.records import Example, example_to_json
from redone.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Examples by use.

    ``train`` are platform examples with labels as logged, ``general`` are prompts of general ability; together
    they are the pool that every stage and every arm of a comparison draws from. ``dev`` serves the diagnosis and
    is neither training nor benchmark, ``test`` serves the evaluation alone; both hold platform and general
    examples. ``baselines`` are task -> name -> score (0..1) of answers that know nothing. ``notes`` are lines
    for the report (counts, what was short). ``reasoning`` names the tasks whose answers come after a rationale.
    """

    tasks: Mapping[str, Task]
    train: tuple[Example, ...]
    general: tuple[Example, ...]
    dev: tuple[Example, ...]
    test: tuple[Example, ...]
    baselines: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    reasoning: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    def fingerprint(self) -> str:
        """A hash of every example; a stage made from other data is not reused."""
        digest = hashlib.sha256()
        for part in (self.train, self.general, self.dev, self.test):
            for example in part:
                digest.update(orjson.dumps(example_to_json(example), option=orjson.OPT_SORT_KEYS))
            digest.update(b"\0")
        return digest.hexdigest()

    def capability(self, task: str) -> str:
        """The capability that a task belongs to."""
        return self.tasks[task].capability

    @property
    def platform_tasks(self) -> tuple[str, ...]:
        """Ids of the tasks in ``train``, sorted."""
        return tuple(sorted({example.task for example in self.train}))


def by_task(examples: Iterable[Example]) -> dict[str, list[Example]]:
    """Task id -> its examples, in the order given."""
    grouped: dict[str, list[Example]] = {}
    for example in examples:
        grouped.setdefault(example.task, []).append(example)
    return grouped


def cap_per_task(examples: Iterable[Example], limit: int) -> Iterable[Example]:
    """The first ``limit`` examples of each task."""
    seen: Counter[str] = Counter()
    for example in examples:
        seen[example.task] += 1
        if seen[example.task] <= limit:
            yield example
