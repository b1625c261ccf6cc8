"""The weakness map: what the diagnosis found after a stage, what was planned, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from redone.report.charts.shares import stacked_bar
from redone.report.reading import mapping, number, sequence, text
from redone.report.run_data import RunData, StageFolder, plain_name
from redone.report.scores import Results
from redone.report.sections.headline import difference
from redone.report.sections.heat import rank
from redone.report.words import plain

USUAL_PLAN = ("gold", "soft", "replay", "general", "rows", "weight")


def weakness(run: RunData) -> list[dict[str, Any]]:
    """One map per stage that was diagnosed."""
    return [_map(stage, run.results) for stage in run.stages if mapping(stage.diagnosis.get("tasks"))]


def _map(stage: StageFolder, results: Results) -> dict[str, Any]:
    tasks = {name: mapping(part) for name, part in mapping(stage.diagnosis.get("tasks")).items()}
    scale = 1.0 if any((number(t.get("score")) or 0) > 1 for t in tasks.values()) else 100.0
    plan_keys = _plan_keys(tasks)
    # The file may lie with the stage that acted on it; ``after`` names the stage whose model was diagnosed.
    diagnosed = plain_name(text(stage.diagnosis.get("after"))) or stage.name
    before, after, following = _neighbours(diagnosed, results)
    rows = []
    for name, part in tasks.items():
        row = _row(name, part, scale, plan_keys)
        row["before"], row["after"] = before.get(name), after.get(name)
        row["gain"] = difference(row["after"], row["before"])
        rows.append(row)
    rows.sort(key=lambda r: (not r["weak"], rank(r["capability"]), r["task"]))
    weak = [r for r in rows if r["weak"]]
    return {
        "stage": diagnosed,
        "following": following,
        "rule": [(k, text(v)) for k, v in mapping(stage.diagnosis.get("rule")).items()],
        "rows": rows,
        "weak": weak,
        "strong": [r for r in rows if not r["weak"]],
        "plan_keys": plan_keys,
        "totals": [_total(rows, i) if key != "weight" else None for i, key in enumerate(plan_keys)],
        "weak_gain": _mean_gain(weak),
        "strong_gain": _mean_gain([r for r in rows if not r["weak"]]),
    }


def _row(name: str, part: Mapping[str, Any], scale: float, plan_keys: Sequence[str]) -> dict[str, Any]:
    groups = [number(part.get(key)) or 0.0 for key in ("kept", "all_zero", "all_one")]
    # Shares may leave a rest: groups whose answers agree on a score between 0 and 1. Counts leave none.
    total = max(sum(groups), 1.0) if max(groups) <= 1.0 else sum(groups)
    shares = [100 * g / total for g in groups]
    score, interval = number(part.get("score")), sequence(part.get("ci95"))
    bounds = [number(b) for b in interval] if len(interval) == 2 else [None, None]
    plan = mapping(part.get("plan"))
    share = number(part.get("constant_share"))
    label = plain("alt_groups", task=name, kept=round(shares[0]), zero=round(shares[1]), one=round(shares[2]))
    return {
        "task": name,
        "capability": text(part.get("capability")) or "?",
        "score": None if score is None else score * scale,
        "interval": [None if b is None else b * scale for b in bounds],
        "passes": _passes(mapping(part.get("pass_at_k"))),
        "shares": shares if sum(groups) else None,
        "bar": stacked_bar(shares, label),
        "constant": (text(part.get("constant_answer")), share) if share is not None and share > 0.9 else None,
        "weak": part.get("weak") is True,
        "reasons": [text(reason) for reason in sequence(part.get("reasons"))],
        "plan": [number(plan.get(key)) for key in plan_keys],
    }


def _plan_keys(tasks: Mapping[str, Mapping[str, Any]]) -> list[str]:
    used = {key for part in tasks.values() for key in mapping(part.get("plan"))}
    return [k for k in USUAL_PLAN if k in used] + sorted(used - set(USUAL_PLAN))


def _neighbours(name: str, results: Results) -> tuple[dict[str, float], dict[str, float], str]:
    """Task scores after the diagnosed stage and after the next one, in the headline decoding."""
    names = [s.name for s in results.stages]
    if name not in names or names.index(name) + 1 >= len(names):
        return {}, {}, ""
    here = names.index(name)
    pair = []
    for stage in results.stages[here : here + 2]:
        scored = {task: score.estimate.value for _, task, score in stage.tasks(results.headline)}
        pair.append({task: value for task, value in scored.items() if value is not None})
    return pair[0], pair[1], names[here + 1]


def _passes(raw: Mapping[str, Any]) -> list[tuple[str, float | None]]:
    """Pass rates in percent; unlike scores they are shares of one in the file."""
    known = {k: number(v) for k, v in raw.items()}
    scale = 1.0 if any((v or 0.0) > 1.0 for v in known.values()) else 100.0
    return [(k, None if v is None else v * scale) for k, v in known.items()]


def _total(rows: Sequence[Mapping[str, Any]], column: int) -> float:
    return sum(row["plan"][column] or 0.0 for row in rows)


def _mean_gain(rows: Sequence[Mapping[str, Any]]) -> float | None:
    gains = [row["gain"] for row in rows if row["gain"] is not None]
    return sum(gains) / len(gains) if gains else None
