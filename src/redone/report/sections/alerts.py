"""What must be seen first: general ability lost, warnings of the stages, and what could not be read."""

from __future__ import annotations

import itertools
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
    lost_at_end = any(loss["then"] == "loss_final" for loss in losses)
    return {
        "losses": losses,
        "lost_at_end": lost_at_end,
        "stages": stages,
        "notes": notes,
        "notices": notices,
    }


def general_losses(results: Results, tolerance: float) -> list[dict[str, Any]]:
    """Give the stages that cost general ability: more than the tolerance below the base or the stage before.

    ``then`` names the sentence on how it ended: the final model is this one, or is back within the tolerance.
    """
    found: list[dict[str, Any]] = []
    for decoding in results.decodings:
        scores = [(stage.name, stage.score("general", decoding).value) for stage in results.stages]
        base = scores[0][1]
        ended_below = _below(difference(scores[-1][1], base), tolerance)
        for (_, before), (stage, after) in itertools.pairwise(scores):
            against_base, against_before = difference(after, base), difference(after, before)
            if _below(against_base, tolerance) or _below(against_before, tolerance):
                is_last = stage == scores[-1][0]
                then = "loss_final" if is_last else "" if ended_below else "loss_passed"
                loss = {"stage": stage, "decoding": decoding, "after": after, "then": then}
                changes = {"against_base": against_base, "against_before": against_before}
                found.append({**loss, **changes, "tolerance": tolerance})
    return found


def _below(moved: float | None, tolerance: float) -> bool:
    return moved is not None and moved < -tolerance


def _search(value: Any, key: str) -> float | None:
    if isinstance(value, dict):
        if (own := number(value.get(key))) is not None:
            return own
        return next((f for f in (_search(v, key) for v in value.values()) if f is not None), None)
    return None
