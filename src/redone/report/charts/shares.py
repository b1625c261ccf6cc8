"""Shares of a whole: groups over the steps of a stage, and one stacked bar."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from redone.report.charts.lines import HEIGHT, WIDTH
from redone.report.charts.svg import Frame, area, drawing, short, tag, ticks, words_at
from redone.report.curves import Points, thinned
from redone.report.words import said

KINDS = ("kept", "all_zero", "all_one")


def groups_over_steps(columns: Sequence[Points], drawn: Points, label: str) -> Markup:
    """Kept, all-zero and all-one groups as shares of the groups drawn, stacked, over the steps.

    ``columns`` holds the three counts in that order, each a list of (step, count). ``drawn`` counts all
    groups, where logged: those of another fate (equal scores in between, unscored) are what stays empty.
    """
    table = [dict(points) for points in columns]
    steps, totals = sorted(set().union(*table)), dict(drawn)
    shares: list[Points] = [[] for _ in table]
    for step in steps:
        counts = [column.get(step, 0.0) for column in table]
        if (total := max(sum(counts), totals.get(step, 0.0))) > 0:
            for points, value in zip(shares, counts, strict=True):
                points.append((step, value / total))
    if len(shares[0]) < 2:
        return Markup("")
    shares = [thinned(points) for points in shares]
    xs = [x for x, _ in shares[0]]
    frame = Frame(
        left=42, top=8, right=WIDTH - 8, bottom=HEIGHT - 32, x_range=(xs[0], xs[-1]), y_range=(0.0, 1.0)
    )
    size = {"width": frame.right - frame.left, "height": frame.bottom - frame.top}
    parts = [tag("rect", x=frame.left, y=frame.top, **size, class_="well")]
    below = [0.0] * len(xs)
    for kind, points in zip(KINDS, shares, strict=True):
        above = [b + y for b, (_, y) in zip(below, points, strict=True)]
        top, bottom = (frame.at(list(zip(xs, ys, strict=True))) for ys in (above, below))
        parts.append(area(top, bottom, f"fill {kind}"))
        below = above
    for mark in (0.0, 0.5, 1.0):
        parts.append(words_at(frame.left - 5, frame.y(mark) + 3.5, f"{mark:.0%}", "tick", "end"))
    for mark in ticks(*frame.x_range):
        parts.append(words_at(frame.x(mark), frame.bottom + 14, short(mark), "tick", "middle"))
    middle = (frame.left + frame.right) / 2
    parts.append(words_at(middle, frame.bottom + 28, said("axis_step", "tspan"), "axis", "middle"))
    return drawing(WIDTH, HEIGHT, label, *parts)


def stacked_bar(values: Sequence[float], label: str) -> Markup:
    """Kept, all-zero and all-one groups of one task in percent, as one bar; a rest stays empty."""
    if sum(values) <= 0:
        return Markup("")
    parts, x = [tag("rect", x=0, y=0, width=100, height=10, class_="fill rest")], 0.0
    for kind, value in zip(KINDS, values, strict=True):
        if value > 0:
            parts.append(tag("rect", x=x, y=0, width=value, height=10, class_=f"fill {kind}"))
        x += value
    return drawing(100, 10, label, *parts, class_="bar")
