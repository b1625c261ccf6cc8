"""What must be seen first: general ability lost, warnings of the stages, and what could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redone.report.reading import number, sequence, text
from redone.report.run_data import Notice, RunData
from redone.report.scores import Results
from redone.report.sections.headline import difference
from redone.report.words import visible

DEFAULT_TOLERANCE = 1.0
"""Points of general ability that a stage may cost; the recipe's ``general_tolerance`` replaces it."""


def tolerance_of(recipe: Mapping[str, Any]) -> float:
    """Give the recipe's ``general_tolerance`` in points, at whatever depth it stands."""
    found = _search(recipe, "general_tolerance")
    return DEFAULT_TOLERANCE if found is None else abs(found)


def alerts(run: RunData) -> dict[str, Any]:
    """``losses`` are loud, ``stages`` are (stage, text), ``notices`` are about the page itself."""
    stages, notes = [], []
    for folder in run.stages:
        stages += [(folder.name, visible(text(w))) for w in sequence(folder.record.get("warnings"))]
        notes += [(folder.name, visible(text(n))) for n in sequence(folder.record.get("notes"))]
    notices = list(run.problems)
    if not run.finished:
        notices.insert(0, Notice("unfinished"))
    losses = general_losses(run.results, tolerance_of(run.recipe))
    return {"losses": losses, "stages": stages, "notes": notes, "notices": notices}


def general_losses(results: Results, tolerance: float) -> list[dict[str, Any]]:
    """Stages after which general ability is below the base by more than the tolerance, in any decoding."""
    if not results.stages:
        return []
    base, found = results.stages[0], []
    for decoding in results.decodings:
        before = base.score("general", decoding).value
        for stage in results.stages[1:]:
            after = stage.score("general", decoding).value
            moved = difference(after, before)
            if moved is not None and moved < -tolerance:
                found.append(
                    {
                        "stage": stage.name,
                        "decoding": decoding,
                        "before": before,
                        "after": after,
                        "change": moved,
                        "tolerance": tolerance,
                        "is_final": stage is results.stages[-1],
                    }
                )
    return found


def _search(value: Any, key: str) -> float | None:
    if isinstance(value, dict):
        own = number(value.get(key))
        return (
            own
            if own is not None
            else next((f for f in (_search(v, key) for v in value.values()) if f is not None), None)
        )
    if isinstance(value, list):
        return next((f for f in (_search(v, key) for v in value) if f is not None), None)
    return None
