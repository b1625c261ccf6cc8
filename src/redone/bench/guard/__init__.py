"""Keeping benchmark items out of training data: an index of their texts, and the search for them."""

from redone.bench.guard.files import GuardReport, check_files, refuse, render_hits
from redone.bench.guard.index import Guard, Hit, build_guard, guard
from redone.bench.guard.training import check_training

__all__ = [
    "Guard",
    "GuardReport",
    "Hit",
    "build_guard",
    "check_files",
    "check_training",
    "guard",
    "refuse",
    "render_hits",
]
