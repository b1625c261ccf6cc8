"""The console's sentences: its own, and the report's names of stages, suites, metrics and reasons."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from redone.report import words
from redone.tasks import catalogue

SHARED = (
    "stage_", "suite_", "decoding_", "capability_", "metric_", "verdict_", "outcome_", "role_", "why_",
    "signal_", "seesaw_", "axis_", "damaged_",
)  # fmt: skip


@cache
def sentences() -> dict[str, dict[str, str]]:
    """Every sentence by key, in each language; tasks stand under ``task_ID``."""
    own = json.loads(files(__package__).joinpath("static", "words.json").read_text(encoding="utf-8"))
    tasks = {f"task_{task.id}": {lang: task.title.get(lang) or task.id for lang in words.LANGUAGES}
             for task in catalogue().values()}  # fmt: skip
    return words.shared(SHARED) | tasks | dict(own)
