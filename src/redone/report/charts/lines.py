"""Line panels: one quantity over the steps of one stage, and the paired reward and length strip of a task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from redone.report.charts.svg import Frame, drawing, padded, path, short, tag, ticks, words_at
from redone.report.curves import Points, smoothed, thinned
from redone.report.words import said

WIDTH, HEIGHT = 300.0, 158.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One line panel. ``lines`` are (style class, points); ``label`` is the description in words."""

    lines: Sequence[tuple[str, Points]]
    label: str
    y_range: tuple[float, float] | None = None
    smooth: bool = True


def line_panel(panel: Panel) -> Markup:
    """Draw the panel: the thin line as logged, the strong one its moving mean; steps run along x."""
    lines = [(style, thinned(points)) for style, points in panel.lines if points]
    values = [y for _, points in lines for _, y in points]
    steps = [x for _, points in lines for x, _ in points]
    if not values:
        return Markup("")
    y_range = panel.y_range or padded(values)
    marks = ticks(*y_range)
    left = 12 + 6.2 * max(len(short(mark)) for mark in marks)
    frame = Frame(
        left=left,
        top=8,
        right=WIDTH - 8,
        bottom=HEIGHT - 32,
        x_range=(min(min(steps), 0), max(steps)),
        y_range=y_range,
    )
    parts = [_grid(frame, marks), _step_axis(frame)]
    for style, points in lines:
        many = panel.smooth and len(points) > 12
        if many:
            parts.append(path(frame.at(points), f"line faint {style}"))
        parts.append(path(frame.at(smoothed(points) if many else points), f"line {style}"))
    return drawing(WIDTH, HEIGHT, panel.label, *parts)


def _grid(frame: Frame, marks: Sequence[float]) -> Markup:
    parts = []
    for mark in marks:
        y = frame.y(mark)
        parts.append(tag("line", x1=frame.left, x2=frame.right, y1=y, y2=y, class_="grid"))
        parts.append(words_at(frame.left - 5, y + 3.5, short(mark), "tick", "end"))
    return Markup("").join(parts)


def _step_axis(frame: Frame) -> Markup:
    marks = ticks(*frame.x_range)
    parts = [words_at(frame.x(m), frame.bottom + 14, short(m), "tick", "middle") for m in marks]
    middle = (frame.left + frame.right) / 2
    parts.append(words_at(middle, frame.bottom + 28, said("axis_step", "tspan"), "axis", "middle"))
    return Markup("").join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A task's reward (0 to 1) and answer length (tokens) during one stage; ``style`` is its colour."""

    style: str
    steps: int
    reward: Points
    length: Points


def task_strip(segments: Sequence[Segment], longest: float, label: str) -> Markup:
    """Reward above, length below, the stages side by side in one strip with a gap between them.

    ``longest`` is the length at the top of the lower strip, the same for all tasks that shall be compared.
    """
    width, gap, left = 200.0, 6.0, 25.0
    total = sum(max(s.steps, 1) for s in segments)
    room = width - left - 4 - gap * (len(segments) - 1)
    parts = [_strip_scale(8, 68, ("0", "1"), left), _strip_scale(82, 116, ("0", short(longest)), left)]
    x = left
    for segment in segments:
        right = x + room * max(segment.steps, 1) / total
        ranges = (0.0, float(max(segment.steps, 1)))
        for points, top, bottom, high in (
            (segment.reward, 8.0, 68.0, 1.0),
            (segment.length, 82.0, 116.0, longest),
        ):
            parts.append(tag("rect", x=x, y=top, width=right - x, height=bottom - top, class_="well"))
            if points:
                frame = Frame(
                    left=x, top=top, right=right, bottom=bottom, x_range=ranges, y_range=(0.0, high)
                )
                shown = thinned(points, 40)
                parts.append(path(frame.at(shown), f"line faint {segment.style}"))
                parts.append(path(frame.at(smoothed(shown, 3)), f"line {segment.style}"))
        parts.append(words_at((x + right) / 2, 129, str(segment.steps), "tick", "middle"))
        x = right + gap
    return drawing(width, 132, label, *parts)


def _strip_scale(top: float, bottom: float, marks: tuple[str, str], left: float) -> Markup:
    low = words_at(left - 4, bottom, marks[0], "tick", "end")
    return low + words_at(left - 4, top + 7, marks[1], "tick", "end")
