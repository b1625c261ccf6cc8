"""SVG elements with everything escaped, and the frame that maps data to a drawing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape


def tag(name: str, *children: str | Markup, **attributes: str | float | None) -> Markup:
    """Give an element; ``stroke_width`` becomes ``stroke-width``, None is left out."""
    parts = [
        f'{key.rstrip("_").replace("_", "-")}="{escape(_written(value))}"'
        for key, value in attributes.items()
        if value is not None
    ]
    opening = " ".join([name, *parts])
    inside = Markup("").join(children)
    return Markup(f"<{opening}/>" if not children else f"<{opening}>{inside}</{name}>")  # noqa: S704 - all parts are escaped above


def drawing(width: float, height: float, label: str, *children: Markup, class_: str = "chart") -> Markup:
    """Make a whole drawing that scales with its container; ``label`` says in words what it shows."""
    return tag(
        "svg",
        *children,
        viewBox=f"0 0 {_written(width)} {_written(height)}",
        role="img",
        aria_label=label,
        class_=class_,
    )


def words_at(x: float, y: float, content: str | Markup, class_: str = "", anchor: str = "start") -> Markup:
    """Draw a piece of text; ``anchor`` is start, middle or end."""
    return tag("text", content, x=x, y=y, class_=class_ or None, text_anchor=anchor)


def path(points: Sequence[tuple[float, float]], class_: str) -> Markup:
    """Draw an open line through the points, in drawing units."""
    steps = " ".join(f"{'M' if i == 0 else 'L'}{x:.1f} {y:.1f}" for i, (x, y) in enumerate(points))
    return tag("path", d=steps, class_=class_)


def area(top: Sequence[tuple[float, float]], bottom: Sequence[tuple[float, float]], class_: str) -> Markup:
    """Give the surface between two lines over the same x values."""
    around = [*top, *reversed(bottom)]
    steps = "L".join(f"{x:.1f} {y:.1f}" for x, y in around)
    return tag("path", d=f"M{steps}Z", class_=class_)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A plotting area in drawing units, and the data range that fills it. ``top`` is the smaller y."""

    left: float
    top: float
    right: float
    bottom: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def x(self, value: float) -> float:
        """Where a data x lies."""
        low, high = self.x_range
        return self.left + (value - low) / ((high - low) or 1.0) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Where a data y lies; larger values are higher up."""
        low, high = self.y_range
        return self.bottom - (value - low) / ((high - low) or 1.0) * (self.bottom - self.top)

    def at(self, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        """Give data points in drawing units."""
        return [(self.x(x), self.y(y)) for x, y in points]


def ticks(low: float, high: float, wanted: int = 4) -> list[float]:
    """About ``wanted`` round values inside the range."""
    if not high > low:
        return [low]
    raw = (high - low) / wanted
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * m for m in (1, 2, 2.5, 5, 10) if size * m >= raw * 0.75)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(i * step, 10) + 0.0 for i in range(first, last + 1)]


def short(value: float) -> str:
    """Give a tick label without needless digits."""
    if value != 0 and (abs(value) < 1e-3 or abs(value) >= 1e5):
        mantissa, power = f"{value:.1e}".split("e")
        return f"{mantissa.removesuffix('.0')}e{int(power)}".replace("-", "\u2212")
    return f"{value:.4f}".rstrip("0").rstrip(".").replace("-", "\u2212")


def padded(values: Sequence[float], share: float = 0.12, least: float = 0.0) -> tuple[float, float]:
    """Give the range of the values with room around it, at least ``least`` wide."""
    low, high = min(values), max(values)
    room = max(
        (high - low) * share, (least - (high - low)) / 2, 1e-9 if high == low == 0 else abs(high) * 1e-3
    )
    return low - room, high + room


def _written(value: str | float | None) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".") if isinstance(value, int | float) else str(value)
