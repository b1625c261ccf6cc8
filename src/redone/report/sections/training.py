"""Training curves: losses and signals per stage, kept and dropped groups, reward and length per task."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from redone.report.charts.lines import Panel, Segment, line_panel, task_strip
from redone.report.charts.shares import groups_over_steps
from redone.report.curves import Points, StageCurve
from redone.report.run_data import RunData
from redone.report.sections.heat import capabilities, rank
from redone.report.words import plain, visible

SIGNALS = (
    "loss",
    "reward",
    "answers",
    "margin",
    "accuracy",
    "chosen_kept",
    "length",
    "entropy",
    "clip_share",
    "truncated",
    "unscored",
    "rounds",
    "grad_norm",
    "lr",
)


def training(run: RunData) -> dict[str, Any] | None:
    """Panels per stage and the strips of the tasks; None when nothing was logged."""
    if not run.curves:
        return None
    order = run.order
    stages = [_stage(curve, order.index(curve.stage)) for curve in run.curves]
    rl = [curve for curve in run.curves if curve.is_rl and curve.tasks]
    lengths = (y for c in rl for part in c.tasks.values() for _, y in part.get("length", []))
    longest = float(math.ceil(max(lengths, default=1.0)))
    return {
        "longest": longest,
        "stages": [s for s in stages if s["panels"]],
        "groups": [g for g in (_groups(curve) for curve in run.curves) if g["chart"]],
        "tasks": _tasks(rl, order, capabilities(run), longest),
        "rl": [(curve.stage, order.index(curve.stage)) for curve in rl],
    }


def _stage(curve: StageCurve, index: int) -> dict[str, Any]:
    style = f"s{min(index, 7)}"
    panels = []
    for signal in SIGNALS:
        lines = [(style, curve.columns.get(signal, []))]
        if signal == "reward":
            lines = [
                (style, curve.columns.get("reward_raw", [])),
                ("shaped", curve.columns.get("reward_shaped", [])),
            ]
        if signal == "answers":
            lines = [
                (style, curve.columns.get("chosen_logprob", [])),
                ("shaped", curve.columns.get("rejected_logprob", [])),
            ]
        lines = [(name, points) for name, points in lines if points]
        # A signal that never leaves zero (nothing truncated, nothing unscored) is good news, not a picture.
        if not lines or (signal in {"truncated", "unscored"} and not any(y for _, y in lines[0][1])):
            continue
        label = plain("alt_curve", signal=signal, stage=curve.stage, values=_ends(lines[0][1]))
        panels.append({"signal": signal, "chart": line_panel(Panel(lines=lines, label=label))})
    return {
        "stage": curve.stage,
        "index": index,
        "steps": curve.last_step,
        "panels": panels,
        "idle": [(step, visible(why, 300)) for step, why in curve.idle],
        "is_rl": curve.is_rl,
    }


def _groups(curve: StageCurve) -> dict[str, Any]:
    columns = [curve.columns.get(key, []) for key in ("kept", "all_zero", "all_one")]
    totals = [sum(y for _, y in points) for points in columns]
    drawn = curve.columns.get("drawn", [])
    whole = max(sum(totals), sum(y for _, y in drawn)) or 1.0
    shares = [100 * total / whole for total in totals]
    label = plain(
        "alt_kept", stage=curve.stage, kept=round(shares[0]), zero=round(shares[1]), one=round(shares[2])
    )
    chart = groups_over_steps(columns, drawn, label) if columns[0] else ""
    return {"stage": curve.stage, "chart": chart, "shares": shares}


def _tasks(
    rl: Sequence[StageCurve], order: list[str], of_task: dict[str, str], longest: float
) -> list[dict[str, Any]]:
    names = sorted(
        {task for curve in rl for task in curve.tasks}, key=lambda t: (rank(of_task.get(t, "?")), t)
    )
    groups: dict[str, list[dict[str, Any]]] = {}
    for task in names:
        segments = [
            Segment(
                style=f"s{min(order.index(curve.stage), 7)}",
                steps=curve.last_step,
                reward=curve.tasks.get(task, {}).get("raw", []),
                length=curve.tasks.get(task, {}).get("length", []),
            )
            for curve in rl
        ]
        reward = [p for s in segments for p in s.reward]
        length = [p for s in segments for p in s.length]
        label = plain("alt_task_curve", task=task, reward=_ends(reward), length=_ends(length))
        chart = task_strip(segments, longest, label)
        groups.setdefault(of_task.get(task, "?"), []).append({"task": task, "chart": chart})
    return [{"capability": name, "strips": strips} for name, strips in groups.items()]


def _ends(points: Points) -> str:
    """First and last tenth of a curve in words."""
    if not points:
        return "-"
    part = max(1, len(points) // 10)
    first = sum(y for _, y in points[:part]) / part
    last = sum(y for _, y in points[-part:]) / part
    return f"{first:.3g} \u2192 {last:.3g}"
