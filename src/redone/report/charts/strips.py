"""Differences per seed: one row per arm, one dot per seed, a bar at the mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from redone.report.charts.svg import Frame, drawing, short, tag, ticks, words_at
from redone.report.words import change, visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An arm with its differences in points, one per seed."""

    title: str
    style: str
    values: Sequence[float]


def seed_differences(rows: Sequence[Row], label: str) -> Markup:
    """Draw the strip plot; the title stands above its row, so that long titles never meet the dots."""
    values = [v for row in rows for v in row.values]
    if not values:
        return Markup("")
    low, high = min(*values, 0.0), max(*values, 0.0)
    room = max((high - low) * 0.06, 1.0)
    width, step = 300.0, 34.0
    bottom = 4 + step * len(rows)
    frame = Frame(
        left=8, top=4, right=width - 48, bottom=bottom, x_range=(low - room, high + room), y_range=(0, 1)
    )
    parts = []
    for mark in ticks(*frame.x_range):
        x = frame.x(mark)
        style = "zero" if mark == 0 else "grid"
        parts.append(tag("line", x1=x, x2=x, y1=frame.top, y2=bottom, class_=style))
        parts.append(words_at(x, bottom + 14, short(mark), "tick", "middle"))
    for i, row in enumerate(rows):
        y = frame.top + step * i + 23
        parts.append(words_at(8, y - 10, visible(row.title, 44), "row-title"))
        if not row.values:
            continue
        mean = sum(row.values) / len(row.values)
        ends = {"x1": frame.x(min(row.values)), "x2": frame.x(max(row.values)), "y1": y, "y2": y}
        parts.append(tag("line", **ends, class_=f"whisker {row.style}"))
        parts += [tag("circle", cx=frame.x(v), cy=y, r=3.4, class_=f"seed {row.style}") for v in row.values]
        parts.append(
            tag("rect", x=frame.x(mean) - 1.5, y=y - 7, width=3, height=14, class_=f"mean {row.style}")
        )
        parts.append(words_at(width - 4, y + 4, change(mean), "value", "end"))
    return drawing(width, bottom + 20, label, *parts)
