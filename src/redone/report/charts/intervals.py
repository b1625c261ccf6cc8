"""Before and after on one scale, each with its interval."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from redone.report.charts.svg import drawing, tag, words_at
from redone.report.scores import Estimate
from redone.report.words import name_of


def before_after(rows: Sequence[tuple[str, Estimate, Estimate]], label: str) -> Markup:
    """One row per decoding: base (hollow) and final (filled) on a scale of 0 to 100, whiskers are 95 %."""
    width, left, height = 236.0, 58.0, 24.0
    right = width - 12

    def x(value: float) -> float:
        return left + min(max(value, 0.0), 100.0) / 100 * (right - left)

    parts = []
    for i, (decoding, base, final) in enumerate(rows):
        y = 12 + height * i
        parts.append(words_at(left - 10, y + 4, name_of("decoding", decoding, "tspan"), "tick", "end"))
        parts.append(tag("line", x1=left, x2=right, y1=y, y2=y, class_="rail"))
        if base.value is not None and final.value is not None:
            ends = {"x1": x(base.value), "x2": x(final.value), "y1": y, "y2": y}
            parts.append(tag("line", **ends, class_="span"))
        for estimate, style in ((base, "s0"), (final, "after")):
            if estimate.low is not None and estimate.high is not None:
                box = {"x": x(estimate.low), "width": max(x(estimate.high) - x(estimate.low), 0.5)}
                parts.append(tag("rect", **box, y=y - 5, height=10, rx=5, class_=f"interval {style}"))
            if estimate.value is not None:
                parts.append(tag("circle", cx=x(estimate.value), cy=y, r=4.2, class_=f"dot {style}"))
    bottom = 12 + height * len(rows)
    for mark in (0, 25, 50, 75, 100):
        parts.append(words_at(x(mark), bottom + 2, str(mark), "tick", "middle"))
    return drawing(width, bottom + 8, label, *parts)
