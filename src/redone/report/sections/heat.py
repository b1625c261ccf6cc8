"""The heat map: every task after every stage, tasks grouped by capability, the baselines beside."""

from __future__ import annotations

from typing import Any

from redone.report.reading import mapping
from redone.report.run_data import RunData
from redone.report.scores import StageScores, TaskScore
from redone.report.sections.headline import difference
from redone.tasks import catalogue

CAPABILITIES = (
    "understanding",
    "extraction",
    "matching",
    "behaviour",
    "dialogue",
    "translation",
    "general",
)


def capabilities(run: RunData) -> dict[str, str]:
    """Task -> capability: the catalogue's, else the diagnosis', else the suite's name."""
    found: dict[str, str] = {}
    for stage in run.results.stages:
        for decoding in run.results.decodings:
            for suite, task, score in stage.tasks(decoding):
                found[task] = score.capability or found.get(task) or suite
    for folder in run.stages:
        for task, part in mapping(folder.diagnosis.get("tasks")).items():
            if isinstance(part, dict) and part.get("capability"):
                found[task] = str(part["capability"])
    found |= {task: known.capability for task, known in catalogue().items()}
    return found


def rank(capability: str) -> tuple[int, str]:
    """Sorts the capabilities of the paper first and in its order."""
    known = CAPABILITIES.index(capability) if capability in CAPABILITIES else len(CAPABILITIES)
    return known, capability


def heat_map(run: RunData) -> dict[str, Any] | None:
    """One map per decoding. Unmeasured cells stay empty."""
    stages = [s for s in run.results.stages if s.suites]
    of_task = capabilities(run)
    maps: list[dict[str, Any]] = []
    for decoding in run.results.decodings:
        scores = [{task: score for _, task, score in stage.tasks(decoding)} for stage in stages]
        tasks = sorted(set().union(*scores), key=lambda t: (rank(of_task.get(t, "")), t))
        baselines = sorted({b for by in scores for score in by.values() for b in score.baselines})
        groups: dict[str, list[dict[str, Any]]] = {}
        for task in tasks:
            row = _row(task, stages, scores, baselines)
            groups.setdefault(of_task.get(task, "?"), []).append(row)
        if tasks:
            shown = [{"capability": name, "rows": rows} for name, rows in groups.items()]
            maps.append({"decoding": decoding, "groups": shown, "baselines": baselines})
    if not maps:
        return None
    constant = any(c["constant"] for m in maps for g in m["groups"] for r in g["rows"] for c in r["cells"])
    return {"maps": maps, "stages": [s.name for s in stages], "constant": constant}


def _row(
    task: str, stages: list[StageScores], scores: list[dict[str, TaskScore]], baselines: list[str]
) -> dict[str, Any]:
    measured = [by.get(task) for by in scores]
    values = [m.estimate.value if m else None for m in measured]
    known = [m for m in measured if m]
    floor = {b: next((m.baselines[b] for m in reversed(known) if b in m.baselines), None) for b in baselines}
    best_floor = max((v for v in floor.values() if v is not None), default=None)
    cells = [
        {
            "value": value,
            "low": m.estimate.low if m else None,
            "high": m.estimate.high if m else None,
            "constant": m.constant if m else None,
        }
        for m, value in zip(measured, values, strict=True)
    ]
    last = values[-1]
    return {
        "task": task,
        "floor": [floor[b] for b in baselines],
        "cells": cells,
        "change": difference(last, values[0]) if len(stages) > 1 else None,
        "below": last is not None and best_floor is not None and last <= best_floor,
        "n": next((m.estimate.n for m in reversed(known) if m.estimate.n), None),
    }
