"""Two models on the same items: paired bootstrap for each task, items gained and lost.

Both prediction files are scored here by one scorer, so that a difference is never one of versions. An effect
is called only where the 95 % interval of the difference excludes 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from redone.bench.results import FileResult, SuiteResult, mean_draws
from redone.bench.scoring import DEFAULTS, ScoreSettings, score_suite, seed_of
from redone.bench.tally import FloatArray
from redone.scoring.statistics import percentile_interval

Verdict = Literal["better", "worse", "no effect shown"]
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Change:
    """An item whose credit (0..1) differs."""

    file: str
    index: int
    left: float
    right: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Right minus left on 0..100, over the items that both models answered."""

    name: str
    left: float
    right: float
    value: float
    low: float
    high: float
    n: int
    verdict: Verdict
    gained: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """``fallen`` names the tasks that got worse: the seesaw behind a rising mean."""

    suite: str
    mode: str
    overall: Difference
    tasks: tuple[Difference, ...]
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()

    @property
    def fallen(self) -> list[str]:
        """Tasks whose interval lies below 0."""
        return [task.name for task in self.tasks if task.verdict == "worse"]

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as JSON can hold it."""
        return asdict(self) | {"schema": 1, "fallen": self.fallen}


def compare(
    suite: str, data: Path, left: Path, right: Path, settings: ScoreSettings = DEFAULTS
) -> Comparison:
    """Compare two predictions files, or run folders that hold a ``predictions.jsonl``.

    Raises:
        UserError: as ``score_suite``.

    """
    plain = replace(settings, references=False, resamples=1)
    results = [score_suite(suite, data, predictions_of(path), plain) for path in (left, right)]
    return compare_results(results[0], results[1], settings)


def predictions_of(path: Path) -> Path:
    """Return the predictions file of a run folder, or the path itself."""
    return path / "predictions.jsonl" if path.is_dir() else path


def compare_results(left: SuiteResult, right: SuiteResult, settings: ScoreSettings) -> Comparison:
    """Compare two results of the same suite, data and scorer."""
    files, changes = {}, []
    for name, one in left.files.items():
        other = right.files[name]
        files[name] = _paired(name, one, other, settings)
        changes += _changes(name, one, other)
    tasks = []
    for task, members in left.tasks().items():
        parts = [files[f.bench_set.id] for f in members]
        own = [c for c in changes if c.file in {f.bench_set.id for f in members}]
        tasks.append(_difference(task, parts, own))
    per_task = [_joined([files[f.bench_set.id] for f in members]) for members in left.tasks().values()]
    overall = _difference(f"mean of {len(tasks)} tasks", per_task, changes)
    return Comparison(
        suite=left.suite, mode=left.mode, overall=overall, tasks=tuple(tasks), changes=tuple(changes),
        notes=(*left.notes, *(note for note in right.notes if note not in left.notes)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Pair:
    left: float
    right: float
    draws: FloatArray
    n: int


def _paired(name: str, one: FileResult, other: FileResult, settings: ScoreSettings) -> _Pair:
    tallies = [result.tally.only(rows) for result, rows in _shared(one, other)]
    seed = seed_of(name, settings.seed)
    draws = [tally.resampled(seed, settings.resamples) for tally in tallies]
    return _Pair(tallies[0].score(), tallies[1].score(), draws[1] - draws[0], len(tallies[0].credit))


def _shared(one: FileResult, other: FileResult) -> list[tuple[FileResult, list[int]]]:
    common = set(one.places) & set(other.places)
    return [(f, [row for row, place in enumerate(f.places) if place in common]) for f in (one, other)]


def _changes(name: str, one: FileResult, other: FileResult) -> list[Change]:
    (_, left), (_, right) = _shared(one, other)
    rows = zip(left, right, strict=True)
    found = [
        Change(name, one.places[a], float(one.tally.credit[a]), float(other.tally.credit[b])) for a, b in rows
    ]
    return [change for change in found if abs(change.right - change.left) > _SAME]


def _joined(parts: Sequence[_Pair]) -> _Pair:
    count = len(parts)
    return _Pair(
        sum(p.left for p in parts) / count,
        sum(p.right for p in parts) / count,
        mean_draws([p.draws for p in parts]),
        sum(p.n for p in parts),
    )


def _difference(name: str, parts: Sequence[_Pair], changes: Sequence[Change]) -> Difference:
    joined = _joined(parts)
    low, high = percentile_interval(joined.draws)
    verdict: Verdict = "better" if low > 0 else "worse" if high < 0 else "no effect shown"
    gained = sum(change.right > change.left for change in changes)
    return Difference(
        name=name, left=joined.left, right=joined.right, value=joined.right - joined.left, low=low, high=high,
        n=joined.n, verdict=verdict, gained=gained, lost=len(changes) - gained,
    )  # fmt: skip


def render_comparison(comparison: Comparison, most: int = 5) -> str:
    """Return the comparison as text, with the first few items gained and lost of each file."""
    lines = [f"{comparison.suite}, scoring {comparison.mode}: B against A"]
    for row in (*comparison.tasks, comparison.overall):
        ends = f"[{row.low:+.2f}, {row.high:+.2f}]"
        counts = f"{row.gained} items gained, {row.lost} lost of {row.n}"
        lines.append(
            f"{row.name:<26}{row.left:7.2f} -> {row.right:6.2f}  {row.value:+7.2f} {ends:<18} {row.verdict}; {counts}"
        )
    lines.append(f"tasks that fell: {', '.join(comparison.fallen) or 'none shown'}")
    for word, items in _by_file(comparison.changes).items():
        shown = ", ".join(str(index) for index in items[:most])
        lines.append(f"{word}: {shown}{' ...' if len(items) > most else ''}")
    return "\n".join([*lines, *(f"note: {note}" for note in comparison.notes)])


def _by_file(changes: Sequence[Change]) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = {}
    for change in changes:
        word = "gained" if change.right > change.left else "lost"
        found.setdefault(f"{change.file} {word}", []).append(change.index)
    return found
