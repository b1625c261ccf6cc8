"""Where the time of training steps went, for runs that were asked to write it down."""

from __future__ import annotations

from typing import Any

from redone.report.charts.lines import Panel, line_panel
from redone.report.charts.parts import seconds_over_steps
from redone.report.profiles import PARTS, Profile
from redone.report.run_data import RunData
from redone.report.words import plain, visible

STYLES = {name: f"s{place}" for place, name in enumerate(("other", *PARTS[:-1]))}
"""A colour for each part; what is left over is grey."""


def profile(run: RunData) -> dict[str, Any] | None:
    """Panels and a row of figures per stage; None when no stage has a profile."""
    found = [stage.profile for stage in run.stages if stage.profile is not None]
    if not found:
        return None
    used = [part for part in PARTS if any(one.share(part) > 0 for one in found)]
    return {
        "stages": [_stage(one, min(run.order.index(one.stage), 7), used) for one in found],
        "parts": [(part, STYLES[part]) for part in used],
    }


def _stage(found: Profile, index: int, used: list[str]) -> dict[str, Any]:
    seconds = found.total("seconds")
    return {
        "stage": found.stage,
        "index": index,
        "steps": len(found.steps),
        "machine": visible(", ".join(filter(None, [found.device, found.dtype])), 80),
        "processes": found.processes,
        "per_step": seconds / len(found.steps),
        "shares": [(part, found.share(part)) for part in used],
        "tokens": found.total("tokens") / seconds,
        "slots": found.total("slots") / seconds,
        "generated": found.total("generated") / seconds,
        "mfu": 100 * found.total("used") / seconds,
        "panels": [panel for panel in _panels(found, f"s{index}", used) if panel["chart"]],
    }


def _panels(found: Profile, style: str, used: list[str]) -> list[dict[str, Any]]:
    stacked = [
        (STYLES[part], [(float(at), step.parts[part]) for at, step in found.steps.items()]) for part in used
    ]
    values = ", ".join(f"{part} {found.share(part):.0f} %" for part in used)
    label = plain("alt_profile_parts", stage=found.stage, values=values)
    panels = [{"what": "parts", "chart": seconds_over_steps(stacked, label)}]
    rates = [(style, found.points("tokens", "seconds")), ("shaped", found.points("slots", "seconds"))]
    lines = {
        "rates": rates,
        "mfu": [(style, [(x, 100 * y) for x, y in found.points("used", "seconds")])],
        "dead": [(style, [(x, 100 * y) for x, y in found.points("dead")])],
    }
    for what, drawn in lines.items():
        some = [y for _, points in drawn for _, y in points]
        if not some:
            continue
        first = drawn[0][1]
        ends = f"{first[0][1]:.4g} \u2192 {first[-1][1]:.4g}"
        label = plain("alt_curve", signal=plain(f"profile_{what}"), stage=found.stage, values=ends)
        top = max(some) * 1.08 or 1.0
        panels.append(
            {"what": what, "chart": line_panel(Panel(lines=drawn, label=label, y_range=(0.0, top)))}
        )
    return panels
