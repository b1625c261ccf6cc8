"""Relative changes: all metrics on one scale, and one metric over the days with its band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from redone.report.charts.svg import Frame, area, drawing, padded, path, short, tag, ticks, words_at
from redone.report.words import change, said

WIDTH, HEIGHT = 300.0, 158.0
_FURTHEST = 100.0
"""Percent: an interval that reaches further is cut at the edge of the plot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change in percent with its interval; ``style`` colours it, ``margin`` is a guardrail's limit."""

    title: Markup
    style: str
    value: float
    low: float | None
    high: float | None


def forest(rows: Sequence[Change], label: str) -> Markup:
    """One row per metric, its title above the line, the zero line through all."""
    if not rows:
        return Markup("")
    ends = [v for row in rows for v in (row.value, row.low, row.high, 0.0) if v is not None]
    low, high = padded([min(max(v, -_FURTHEST), _FURTHEST) for v in ends], 0.04, 2.0)
    width, step = 620.0, 36.0
    bottom = 6 + step * len(rows)
    frame = Frame(left=10, top=6, right=width - 84, bottom=bottom, x_range=(low, high), y_range=(0, 1))
    parts = []
    for mark in ticks(low, high, 6):
        x = frame.x(mark)
        parts.append(tag("line", x1=x, x2=x, y1=6, y2=bottom, class_="zero" if mark == 0 else "grid"))
        parts.append(words_at(x, bottom + 14, f"{short(mark)}", "tick", "middle"))
    for i, row in enumerate(rows):
        y = frame.top + step * i + 25
        parts.append(words_at(10, y - 11, row.title, "row-title"))
        if row.low is not None and row.high is not None:
            x, end = (frame.x(min(max(v, low), high)) for v in (row.low, row.high))
            box = {"x": x, "y": y - 5, "width": max(end - x, 1.0), "height": 10, "rx": 5}
            parts.append(tag("rect", **box, class_=f"interval {row.style}"))
        parts.append(_mark(frame, row, y))
        parts.append(words_at(width - 4, y + 4, f"{change(row.value)} %", "value", "end"))
    middle = (frame.left + frame.right) / 2
    parts.append(words_at(middle, bottom + 28, said("axis_change", "tspan"), "axis", "middle"))
    return drawing(width, bottom + 32, label, *parts)


def _mark(frame: Frame, row: Change, y: float) -> Markup:
    """A dot at the value, or an arrow at the edge of the plot that points to where it lies."""
    low, high = frame.x_range
    x = frame.x(min(max(row.value, low), high))
    if low <= row.value <= high:
        return tag("circle", cx=x, cy=y, r=4.2, class_=f"dot {row.style}")
    back = x - 9 if row.value > high else x + 9
    return tag("path", d=f"M{x:.1f} {y:.1f}L{back:.1f} {y - 6:.1f}V{y + 6:.1f}Z", class_=f"dot {row.style}")


def course(
    values: Sequence[tuple[float | None, float | None, float | None]], style: str, label: str
) -> Markup:
    """Value, low and high of every day; days on which nothing could be said leave a gap at the start."""
    known = [
        (float(day), value, low, high)
        for day, (value, low, high) in enumerate(values, 1)
        if value is not None and low is not None and high is not None
    ]
    if len(known) < 2:
        return Markup("")
    # The first days' band is wider than the plot needs: the last half sets the scale.
    late = [v for row in known[len(known) // 2 :] for v in row[1:]]
    wide = padded([*late, 0.0], 0.5, 2.0)
    frame = Frame(
        left=44, top=8, right=WIDTH - 8, bottom=HEIGHT - 32, x_range=(1.0, float(len(values))), y_range=wide
    )
    parts = []
    for mark in ticks(*wide):
        y = frame.y(mark)
        ends = {"x1": frame.left, "x2": frame.right, "y1": y, "y2": y}
        parts.append(tag("line", **ends, class_="zero" if mark == 0 else "grid"))
        parts.append(words_at(frame.left - 5, y + 3.5, short(mark), "tick", "end"))
    for mark in (m for m in ticks(*frame.x_range) if m == round(m)):
        parts.append(words_at(frame.x(mark), frame.bottom + 14, short(mark), "tick", "middle"))
    inside = [(day, *(min(max(v, wide[0]), wide[1]) for v in rest)) for day, *rest in known]
    top = frame.at([(row[0], row[3]) for row in inside])
    bottom = frame.at([(row[0], row[2]) for row in inside])
    parts.append(area(top, bottom, f"interval {style}"))
    parts.append(path(frame.at([(row[0], row[1]) for row in inside]), f"line {style}"))
    middle = (frame.left + frame.right) / 2
    parts.append(words_at(middle, frame.bottom + 28, said("axis_day", "tspan"), "axis", "middle"))
    return drawing(WIDTH, HEIGHT, label, *parts)
