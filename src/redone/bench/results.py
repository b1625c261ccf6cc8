"""What scoring gives: a value for each file, task and suite, with intervals and what doing nothing gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from redone.bench.sets import BenchSet, Mode
from redone.bench.tally import FloatArray, Tally
from redone.scoring.statistics import percentile_interval

SCHEMA = 1
SCORER_VERSION = "1"
"""Raised whenever a change of code can change a score; part of every result and of every cache key."""

AVERAGES = ("tasks", "files", "items")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """One file's score on 0..100. ``draws`` are its bootstrap values; ``ceiling`` is what gold itself gets."""

    bench_set: BenchSet
    tally: Tally
    draws: FloatArray
    places: tuple[int, ...]
    unscored: int
    sha256: str
    baselines: Mapping[str, float]
    ceiling: float | None

    @property
    def score(self) -> float:
        """The headline value."""
        return self.tally.score()

    def to_json(self) -> dict[str, Any]:
        """Return the file's part of the result."""
        low, high = percentile_interval(self.draws)
        return {
            "score": self.score,
            "ci95": [low, high],
            "n": len(self.places),
            "unscored": self.unscored,
            "unread": self.tally.unread,
            "task": self.bench_set.task,
            "metric": self.tally.headline,
            "metrics": self.tally.values(),
            "baselines": dict(self.baselines),
            "ceiling": self.ceiling,
            "sha256": self.sha256,
            "licence": self.bench_set.licence,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteResult:
    """A suite's score: the plain mean of its tasks, a task being the plain mean of its files.

    Two-file tasks of SNS-Bench enter as the unweighted mean of their files; no text says so, but all 30
    published averages agree with it. ``averages`` has the alternatives.
    """

    suite: str
    mode: Mode
    files: Mapping[str, FileResult]
    notes: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def tasks(self) -> dict[str, list[FileResult]]:
        """Return the files of each task, in order."""
        tasks: dict[str, list[FileResult]] = {}
        for result in self.files.values():
            tasks.setdefault(result.bench_set.task, []).append(result)
        return tasks

    def averages(self) -> dict[str, float]:
        """Return the mean over tasks (the score), over files, and over items."""
        files = list(self.files.values())
        sizes = [len(result.places) for result in files]
        return {
            "tasks": _mean([_mean([f.score for f in part]) for part in self.tasks().values()]),
            "files": _mean([f.score for f in files]),
            "items": float(np.average([f.score for f in files], weights=sizes)),
        }

    def draws(self) -> FloatArray:
        """Return the bootstrap values of the score."""
        return mean_draws([task_draws(files) for files in self.tasks().values()])

    def to_json(self, average: str = "tasks") -> dict[str, Any]:
        """Return the result as JSON can hold it; ``average`` chooses which mean is the score."""
        tasks = {
            name: {
                "score": _mean([f.score for f in files]),
                "ci95": list(percentile_interval(task_draws(files))),
                "n": sum(len(f.places) for f in files),
                "files": [f.bench_set.id for f in files],
            }
            for name, files in self.tasks().items()
        }
        averages = self.averages()
        return {
            "schema": SCHEMA,
            "suite": self.suite,
            "scoring": self.mode,
            "scorer": SCORER_VERSION,
            "score": averages[average],
            "average": average,
            "ci95": list(percentile_interval(self.draws())) if average == "tasks" else None,
            "averages": averages,
            "tasks": tasks,
            "files": {name: result.to_json() for name, result in self.files.items()},
            "notes": list(self.notes),
            **self.facts,
        }


def task_draws(files: Sequence[FileResult]) -> FloatArray:
    """Return the bootstrap values of a task's score."""
    return mean_draws([f.draws for f in files])


def mean_draws(draws: Sequence[FloatArray]) -> FloatArray:
    """Return the mean of bootstrap values, draw by draw."""
    return np.asarray(np.mean(draws, axis=0), dtype=np.float64)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
