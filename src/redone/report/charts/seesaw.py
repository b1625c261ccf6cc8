"""The seesaw plot: what general ability does while the platform's tasks are learnt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from redone.report.charts.svg import Frame, drawing, padded, path, short, tag, ticks, words_at
from redone.report.scores import Estimate
from redone.report.words import said

WIDTH, HEIGHT = 440.0, 340.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One model: SNS along x, general along y, in points. ``cloud`` are single seeds, ``mark`` a number."""

    mark: str
    style: str
    sns: Estimate
    general: Estimate
    cloud: Sequence[tuple[float, float]] = ()


def seesaw(spots: Sequence[Spot], label: str, *, connected: bool = True, tolerance: float = 1.0) -> Markup:
    """Draw the plot; the first spot is the base, ground ``tolerance`` points below it is tinted.

    Spots without both scores are left out. Nothing is drawn without at least one spot.
    """
    known = [s for s in spots if s.sns.value is not None and s.general.value is not None]
    if not known:
        return Markup("")
    frame = _frame(known)
    base = known[0].general.value
    assert base is not None
    parts = [_ground(frame, base, tolerance), _scales(frame)]
    places = [(frame.x(s.sns.value or 0.0), frame.y(s.general.value or 0.0)) for s in known]
    if connected:
        parts.append(path(places, "route"))
    for spot, (x, y) in zip(known, places, strict=True):
        parts += [
            tag("circle", cx=frame.x(sx), cy=frame.y(gy), r=2.6, class_=f"seed {spot.style}")
            for sx, gy in spot.cloud
        ]
        parts.append(_whiskers(frame, spot, x, y))
    for spot, (x, y), (lx, ly) in zip(known, places, _apart(places, frame), strict=True):
        parts.append(tag("line", x1=x, y1=y, x2=lx, y2=ly, class_=f"leader {spot.style}"))
        parts.append(tag("circle", cx=x, cy=y, r=4, class_=f"dot {spot.style}"))
        parts.append(tag("circle", cx=lx, cy=ly, r=9.5, class_=f"badge {spot.style}"))
        parts.append(words_at(lx, ly + 4, spot.mark, "badge-text", "middle"))
    return drawing(WIDTH, HEIGHT, label, *parts)


def _frame(spots: Sequence[Spot]) -> Frame:
    xs = [
        v
        for s in spots
        for v in (s.sns.value, s.sns.low, s.sns.high, *(c[0] for c in s.cloud))
        if v is not None
    ]
    ys = [
        v
        for s in spots
        for v in (s.general.value, s.general.low, s.general.high, *(c[1] for c in s.cloud))
        if v is not None
    ]
    return Frame(
        left=46,
        top=12,
        right=WIDTH - 14,
        bottom=HEIGHT - 46,
        x_range=padded(xs, least=8),
        y_range=padded(ys, least=8),
    )


def _ground(frame: Frame, base: float, tolerance: float) -> Markup:
    parts = []
    limit = base - tolerance
    if frame.y_range[0] < limit:
        top = frame.y(limit)
        wide, high = frame.right - frame.left, frame.bottom - top
        parts.append(tag("rect", x=frame.left, y=top, width=wide, height=high, class_="cost"))
        if high > 26:
            where = (frame.right - 6, frame.bottom - 7)
            parts.append(words_at(*where, said("seesaw_cost", "tspan"), "note", "end"))
    y = frame.y(base)
    parts.append(tag("line", x1=frame.left, x2=frame.right, y1=y, y2=y, class_="baseline"))
    parts.append(words_at(frame.right - 6, y - 5, said("seesaw_base", "tspan"), "note", "end"))
    return Markup("").join(parts)


def _scales(frame: Frame) -> Markup:
    parts = []
    for mark in ticks(*frame.y_range):
        y = frame.y(mark)
        parts.append(tag("line", x1=frame.left, x2=frame.right, y1=y, y2=y, class_="grid"))
        parts.append(words_at(frame.left - 6, y + 4, short(mark), "tick", "end"))
    for mark in ticks(*frame.x_range, wanted=5):
        x = frame.x(mark)
        parts.append(tag("line", x1=x, x2=x, y1=frame.top, y2=frame.bottom, class_="grid"))
        parts.append(words_at(x, frame.bottom + 16, short(mark), "tick", "middle"))
    middle = (frame.left + frame.right) / 2
    parts.append(words_at(middle, HEIGHT - 8, said("axis_sns", "tspan"), "axis", "middle"))
    turned = tag(
        "text",
        said("axis_general", "tspan"),
        transform=f"translate(12 {(frame.top + frame.bottom) / 2:.0f}) rotate(-90)",
        class_="axis",
        text_anchor="middle",
    )
    return Markup("").join([*parts, turned])


def _whiskers(frame: Frame, spot: Spot, x: float, y: float) -> Markup:
    parts = []
    if spot.sns.low is not None and spot.sns.high is not None:
        ends = {"x1": frame.x(spot.sns.low), "x2": frame.x(spot.sns.high), "y1": y, "y2": y}
        parts.append(tag("line", **ends, class_=f"whisker {spot.style}"))
    if spot.general.low is not None and spot.general.high is not None:
        ends = {"x1": x, "x2": x, "y1": frame.y(spot.general.low), "y2": frame.y(spot.general.high)}
        parts.append(tag("line", **ends, class_=f"whisker {spot.style}"))
    return Markup("").join(parts)


def _apart(places: Sequence[tuple[float, float]], frame: Frame) -> list[tuple[float, float]]:
    """Where the numbered badges go: near their spots, clear of each other and of every spot."""
    labels = [(x - 15 * math.cos(0.9 + i), y - 15 * math.sin(0.9 + i)) for i, (x, y) in enumerate(places)]
    for _ in range(80):
        for i, (x, y) in enumerate(labels):
            others = [(o, 24.0) for j, o in enumerate(labels) if j != i] + [(p, 17.0) for p in places]
            dx, dy = (places[i][0] - x) * 0.04, (places[i][1] - y) * 0.04
            for (ox, oy), clear in others:
                distance = math.hypot(x - ox, y - oy) or 0.1
                if distance < clear:
                    dx += (x - ox + 0.01 * (i + 1)) / distance * (clear - distance) * 0.5
                    dy += (y - oy) / distance * (clear - distance) * 0.5
            labels[i] = (
                min(max(x + dx, frame.left + 11), frame.right - 11),
                min(max(y + dy, frame.top + 11), frame.bottom - 11),
            )
    return labels
