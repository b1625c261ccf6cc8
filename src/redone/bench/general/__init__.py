"""General-Bench: the public sets behind the papers' general average, those at hand and those to be brought."""

from redone.bench.general.sets import GENERAL

__all__ = ["GENERAL"]
