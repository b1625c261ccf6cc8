"""A score on a rail from 0 to 100, with its interval and a tick where doing nothing stands."""

from __future__ import annotations

from markupsafe import Markup

from redone.report.charts.svg import drawing, tag

WIDTH, HEIGHT = 180, 16


def score_mark(
    score: float, interval: tuple[float, float] | None, baseline: float | None, style: str, label: str
) -> Markup:
    """Draw one row's mark; ``style`` colours it, values outside of the scale stand at its ends."""
    left, right, middle = 6.0, WIDTH - 6.0, HEIGHT / 2

    def x(value: float) -> float:
        return left + (right - left) * min(max(value, 0.0), 100.0) / 100.0

    parts = [tag("line", x1=left, x2=right, y1=middle, y2=middle, class_="rail")]
    if interval is not None:
        low, high = interval
        parts.append(tag("line", x1=x(low), x2=x(high), y1=middle, y2=middle, class_="reach"))
    if baseline is not None:
        parts.append(tag("line", x1=x(baseline), x2=x(baseline), y1=1, y2=HEIGHT - 1, class_="nothing"))
    parts.append(tag("circle", cx=x(score), cy=middle, r=4.5, class_="dot"))
    return drawing(WIDTH, HEIGHT, label, *parts, class_=f"chart mark {style}")
