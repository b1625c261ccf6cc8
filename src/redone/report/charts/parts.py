"""Seconds of each step by what they went into, stacked over the steps."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from redone.report.charts.lines import HEIGHT, WIDTH
from redone.report.charts.svg import Frame, area, drawing, short, tag, ticks, words_at
from redone.report.curves import Points, thinned
from redone.report.words import said


def seconds_over_steps(columns: Sequence[tuple[str, Points]], label: str) -> Markup:
    """Stack the columns, each (style class, points) with the same steps, from the bottom up."""
    shown = [(style, thinned(points)) for style, points in columns]
    if not shown or len(shown[0][1]) < 2:
        return Markup("")
    xs = [x for x, _ in shown[0][1]]
    highest = max(sum(points[i][1] for _, points in shown) for i in range(len(xs))) or 1.0
    marks = ticks(0.0, highest * 1.05)
    frame = Frame(
        left=12 + 6.2 * max(len(short(mark)) for mark in marks),
        top=8,
        right=WIDTH - 8,
        bottom=HEIGHT - 32,
        x_range=(xs[0], xs[-1]),
        y_range=(0.0, highest * 1.05),
    )
    parts = []
    below = [0.0] * len(xs)
    for style, points in shown:
        above = [low + y for low, (_, y) in zip(below, points, strict=True)]
        top, bottom = (frame.at(list(zip(xs, ys, strict=True))) for ys in (above, below))
        parts.append(area(top, bottom, f"fill part {style}"))
        below = above
    for mark in marks:
        y = frame.y(mark)
        parts.append(tag("line", x1=frame.left, x2=frame.right, y1=y, y2=y, class_="grid"))
        parts.append(words_at(frame.left - 5, y + 3.5, short(mark), "tick", "end"))
    for mark in ticks(*frame.x_range):
        parts.append(words_at(frame.x(mark), frame.bottom + 14, short(mark), "tick", "middle"))
    middle = (frame.left + frame.right) / 2
    parts.append(words_at(middle, frame.bottom + 28, said("axis_step", "tspan"), "axis", "middle"))
    return drawing(WIDTH, HEIGHT, label, *parts)
