"""Continued pretraining: held-out loss of every source over the steps, and how much of it was read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redone.report.charts.lines import Panel, line_panel
from redone.report.curves import HeldOut, Points
from redone.report.reading import mapping, number, text
from redone.report.run_data import RunData
from redone.report.words import plain, visible

RISE = 0.01
"""A loss that ends higher than it began by more than this share is marked."""


def reading(run: RunData) -> dict[str, Any] | None:
    """Panels and a table per stage that logged held-out losses; None without any."""
    stages = [_stage(run, held_out) for held_out in run.held_out]
    return {"stages": stages} if stages else None


def _stage(run: RunData, held_out: HeldOut) -> dict[str, Any]:
    index = min(run.order.index(held_out.stage), 7)
    record = next((s.mixture for s in run.stages if s.name == held_out.stage), {})
    known = mapping(record.get("sources"))
    sources = sorted(held_out.sources, key=lambda name: (text(mapping(known.get(name)).get("part")), name))
    return {
        "stage": held_out.stage,
        "index": index,
        "parts": [
            _panel(held_out.stage, part, held_out.parts[part], index) for part in sorted(held_out.parts)
        ],
        "sources": [_panel(held_out.stage, name, held_out.sources[name], index) for name in sources],
        "rows": [_row(name, mapping(known.get(name))) for name in sources if name in known],
        "search": _search(mapping(record.get("search"))),
    }


def _panel(stage: str, name: str, points: Points, index: int) -> dict[str, Any]:
    first, last = points[0][1], points[-1][1]
    values = f"{first:.3f} \u2192 {last:.3f}"
    label = plain("alt_held_out", name=name, stage=stage, values=values)
    chart = line_panel(Panel(lines=[(f"s{index}", points)], label=label, smooth=False))
    return {"name": visible(name, 48), "change": values, "rising": last > first * (1 + RISE), "chart": chart}


def _row(name: str, source: Mapping[str, Any]) -> dict[str, Any]:
    weight = number(source.get("weight"))
    return {
        "name": visible(name, 48),
        "part": text(source.get("part")),
        "weight": None if weight is None else 100 * weight,
        "tokens": number(source.get("tokens")),
        "read": number(source.get("read")),
        "repeats": number(source.get("repeats")),
    }


def _search(record: Mapping[str, Any]) -> dict[str, Any] | None:
    correlation = number(record.get("correlation"))
    if correlation is None:
        return None
    return {
        "used": bool(record.get("confirmed")),
        "correlation": f"{correlation:.2f}",
        "n": len(record.get("targets") or ()),
    }
