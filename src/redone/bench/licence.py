"""What must be said when a benchmark with a restrictive licence is used."""

from __future__ import annotations

from collections.abc import Iterable

from redone.bench.sets import NONCOMMERCIAL, BenchSet


def licence_lines(sets: Iterable[BenchSet]) -> list[str]:
    """Return one line for the sets whose licence allows no commercial use; none where all are free."""
    names = list(dict.fromkeys(_shown(s) for s in sets if s.noncommercial))
    if not names:
        return []
    return [
        f"licence: {', '.join(names)}: {NONCOMMERCIAL} (attribution, no commercial use, share alike). "
        "For evaluation only: never train on these items."
    ]


def _shown(bench_set: BenchSet) -> str:
    shown = {"sns-bench": "SNS-Bench", "sns-transbench": "SNS-TransBench"}
    return shown.get(bench_set.suite, bench_set.id)
