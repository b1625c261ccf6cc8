"""General-Bench: the public sets behind the papers' general average, those at hand and those to be brought."""

from __future__ import annotations

from redone.bench.sets import BenchSet

GENERAL: tuple[BenchSet, ...] = ()

__all__ = ["GENERAL"]
