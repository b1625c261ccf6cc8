"""The weakness map: what the diagnosis found, and what became of it afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redone.report.reading import mapping, number, sequence, text
from redone.report.run_data import plain_name
from redone.serving.console.files import Reader
from redone.serving.console.places import Places
from redone.serving.console.runs import stage_scores


def weakness(places: Places, folder: Path) -> dict[str, Any]:
    """The diagnoses of a run, one per targeted stage, in order."""
    reader = Reader(places, folder)
    results = stage_scores(places, folder)
    names = [stage.name for stage in results.stages]
    found = []
    for stage in places.stages(folder):
        if not (folder / "stages" / stage / "diagnosis.json").exists():
            continue
        raw = reader.json("stages", stage, "diagnosis.json")
        tasks = {name: mapping(part) for name, part in mapping(raw.get("tasks")).items()}
        if not tasks:
            continue
        name = plain_name(stage)
        later: Mapping[str, float | None] = {}
        if name in names:
            measured = results.stages[names.index(name)].tasks(results.headline)
            later = {task: score.estimate.value for _, task, score in measured}
        known = [number(part.get("score")) or 0.0 for part in tasks.values()]
        scale = 1.0 if max(known) > 1.5 else 100.0
        found.append(
            {
                "stage": name,
                "after": plain_name(text(raw.get("after"))),
                "rule": {key: number(value) for key, value in mapping(raw.get("rule")).items()},
                "decoding": results.headline,
                "tasks": [_task(task, part, scale, later.get(task)) for task, part in tasks.items()],
            }
        )
    return {"diagnoses": found, "problems": reader.problems}


def _task(name: str, part: Mapping[str, Any], scale: float, later: float | None) -> dict[str, Any]:
    score, interval = number(part.get("score")), [number(x) for x in sequence(part.get("ci95"))]
    bounds = interval if len(interval) == 2 else [None, None]
    passes = {k: number(v) for k, v in mapping(part.get("pass_at_k")).items()}
    share = number(part.get("constant_share"))
    return {
        "task": name,
        "capability": text(part.get("capability")) or "?",
        "score": None if score is None else score * scale,
        "low": None if bounds[0] is None else bounds[0] * scale,
        "high": None if bounds[1] is None else bounds[1] * scale,
        "passes": passes,
        "groups": {key: number(part.get(key)) for key in ("kept", "all_zero", "all_one")},
        "weak": part.get("weak") is True,
        "constant": text(part.get("constant_answer")) if share is not None and share > 0.9 else "",
        "reasons": [text(reason) for reason in sequence(part.get("reasons"))],
        "plan": {key: number(value) for key, value in mapping(part.get("plan")).items()},
        "later": later,
    }
