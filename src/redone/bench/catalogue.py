"""All benchmark sets by id, and the choice of some of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache

from redone.bench.general import GENERAL
from redone.bench.sets import SUITES, BenchSet
from redone.bench.sns_bench import SNS_BENCH
from redone.bench.transbench import SNS_TRANSBENCH
from redone.errors import UserError


@lru_cache(maxsize=1)
def bench_sets() -> Mapping[str, BenchSet]:
    """Return every set by its id, suite by suite."""
    return {bench_set.id: bench_set for bench_set in (*SNS_BENCH, *SNS_TRANSBENCH, *GENERAL)}


def choose(suite: str, only: Sequence[str] = ()) -> list[BenchSet]:
    """Return the sets of a suite, or the one set of that id; ``only`` keeps the named ones.

    Raises:
        UserError: a name is unknown; the message has the nearest one.

    """
    sets = [s for s in bench_sets().values() if suite in {s.suite, s.id}]
    if not sets:
        raise UserError(f"suite {suite!r} is unknown; {_nearest(suite, [*SUITES, *bench_sets()])}")
    names = [s.id for s in sets]
    for name in only:
        if name not in names:
            raise UserError(f"--only: {name!r} is no part of {suite}; {_nearest(name, names)}")
    return [s for s in sets if not only or s.id in only]


def _nearest(name: str, names: Sequence[str]) -> str:
    return f"the nearest is {get_close_matches(name, names, n=1, cutoff=0.0)[0]!r}"
