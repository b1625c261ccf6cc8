"""What was measured: the typed view of results.json (and of the stage entries in ablation.json).

Inside the report every score is in points, 0 to 100. Files may hold points or shares of one: a file in which
no score exceeds 1.5 holds shares (a whole evaluation below two points of a hundred does not occur).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from redone.report.reading import count, mapping, number, sequence, text

SUITE_ORDER = ("general", "sns", "translation")
DECODING_ORDER = ("greedy", "sampled")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A score in points with its 95 % interval; None where unknown."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskScore:
    """One task after one stage. ``constant`` is (answer, share) where one answer takes nearly all samples."""

    estimate: Estimate
    baselines: Mapping[str, float] = field(default_factory=dict)
    constant: tuple[str, float] | None = None
    capability: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteScore:
    """One suite after one stage, in one decoding."""

    estimate: Estimate
    unseen: Estimate | None
    tasks: Mapping[str, TaskScore]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageScores:
    """One stage: ``suites[suite][decoding]``. Counts are None where the file does not say."""

    name: str
    suites: Mapping[str, Mapping[str, SuiteScore]]
    examples: int | None = None
    prompts: int | None = None
    tokens: int | None = None
    seconds: float | None = None

    def score(self, suite: str, decoding: str) -> Estimate:
        """Give the suite's score, an empty estimate when it was not measured."""
        found = self.suites.get(suite, {}).get(decoding)
        return found.estimate if found else Estimate()

    def tasks(self, decoding: str) -> Iterator[tuple[str, str, TaskScore]]:
        """Suite, task and score of every task measured in the decoding."""
        for suite, by_decoding in self.suites.items():
            if decoding in by_decoding:
                for task, score in by_decoding[decoding].tasks.items():
                    yield suite, task, score


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """All stages, the base model first."""

    stages: tuple[StageScores, ...]
    headline: str

    @property
    def suites(self) -> list[str]:
        """Suites that any stage measured, the usual ones first."""
        return _ordered({s for stage in self.stages for s in stage.suites}, SUITE_ORDER)

    @property
    def decodings(self) -> list[str]:
        """Decodings in use, the headline first."""
        used = {d for stage in self.stages for by in stage.suites.values() for d in by}
        return sorted(_ordered(used, DECODING_ORDER), key=lambda d: d != self.headline)


def read_results(raw: Mapping[str, Any]) -> Results:
    """Give the typed view of a results.json value; parts that are missing or of another kind are left out."""
    entries = [mapping(entry) for entry in sequence(raw.get("stages"))]
    stages = read_stages(entries)
    used = {d for stage in stages for by in stage.suites.values() for d in by}
    headline = text(raw.get("headline"))
    if headline not in used:
        headline = next((d for d in ("sampled", "greedy") if d in used), "greedy")
    return Results(stages=stages, headline=headline)


def read_stages(entries: Sequence[Mapping[str, Any]]) -> tuple[StageScores, ...]:
    """Stage entries with all scores in points; one scale is decided for all of them together."""
    scale = 1.0 if any(value > 1.5 for entry in entries for value in _all_scores(entry)) else 100.0
    return tuple(_stage(entry, scale) for entry in entries)


def _stage(entry: Mapping[str, Any], scale: float) -> StageScores:
    suites = {
        suite: {decoding: _suite(mapping(part), scale) for decoding, part in mapping(by).items()}
        for suite, by in mapping(entry.get("suites")).items()
    }
    return StageScores(
        name=text(entry.get("name")) or "?",
        suites=suites,
        examples=count(entry.get("examples")),
        prompts=count(entry.get("prompts")),
        tokens=count(entry.get("tokens")),
        seconds=number(entry.get("seconds")),
    )


def _suite(part: Mapping[str, Any], scale: float) -> SuiteScore:
    unseen = mapping(part.get("unseen_templates"))
    return SuiteScore(
        estimate=_estimate(part, scale),
        unseen=_estimate(unseen, scale) if unseen else None,
        tasks={name: _task(mapping(task), scale) for name, task in mapping(part.get("tasks")).items()},
    )


def _task(part: Mapping[str, Any], scale: float) -> TaskScore:
    baselines = {name: number(value) for name, value in mapping(part.get("baselines")).items()}
    constant = mapping(part.get("constant"))
    share = number(constant.get("share"))
    return TaskScore(
        estimate=_estimate(part, scale),
        baselines={name: value * scale for name, value in baselines.items() if value is not None},
        constant=None if share is None else (text(constant.get("answer")), share),
        capability=text(part.get("capability")),
    )


def _estimate(part: Mapping[str, Any], scale: float) -> Estimate:
    """``ci95`` is a pair of bounds, or the half width of a symmetric interval."""
    value, bounds = number(part.get("score")), part.get("ci95")
    low = high = None
    if isinstance(bounds, list) and len(bounds) == 2:
        low, high = number(bounds[0]), number(bounds[1])
    elif (half := number(bounds)) is not None and value is not None:
        low, high = value - half, value + half
    value, low, high = (None if x is None else x * scale for x in (value, low, high))
    return Estimate(value, low, high, count(part.get("n")))


def _all_scores(value: Any) -> Iterator[float]:
    for suite in mapping(mapping(value).get("suites")).values():
        for part in mapping(suite).values():
            for holder in (part, *mapping(mapping(part).get("tasks")).values()):
                if (score := number(mapping(holder).get("score"))) is not None:
                    yield score


def _ordered(names: set[str], first: Sequence[str]) -> list[str]:
    return [n for n in first if n in names] + sorted(names - set(first))
