"""The page's own sentences in English and Chinese, and how numbers and foreign text are written.

Both languages are in the page; a style rule hides one. No script is needed, so the page forbids scripts.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from redone.tasks import catalogue

LANGUAGES = ("en", "zh")
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_JOINER = "\u200d"


@cache
def _table() -> dict[str, dict[str, str]]:
    table: dict[str, dict[str, str]] = {}
    for path in sorted((Path(__file__).parent / "templates").glob("*words.json")):
        table |= json.loads(path.read_text(encoding="utf-8"))
    return table


def said(key: str, element: str = "span", **values: Any) -> Markup:
    """Give the sentence in both languages as ``span`` (or ``tspan`` inside a drawing); values are escaped."""
    entry = _table()[key]
    return Markup("").join(
        Markup('<{0} class="t" lang="{1}">{2}</{0}>').format(
            element, lang, escape(entry[lang]).format(**_clean(values))
        )
        for lang in LANGUAGES
    )


def shared(prefixes: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Give the sentences whose key begins so, by key and language, for pages that are made elsewhere."""
    return {key: dict(entry) for key, entry in _table().items() if key.startswith(prefixes)}


def known(key: str) -> bool:
    """Tell whether the page has a sentence of this name."""
    return key in _table()


def plain(key: str, **values: Any) -> str:
    """Give the English sentence alone, for labels that only assistive technology reads."""
    return _table()[key]["en"].format(**_clean(values))


def _clean(values: dict[str, Any]) -> dict[str, Any]:
    return {k: visible(v) if type(v) is str else v for k, v in values.items()}


def name_of(kind: str, name: str, element: str = "span") -> Markup:
    """Give the title of a stage, suite or capability in both languages, or its own name readable."""
    key = f"{kind}_{name}"
    return said(key, element) if key in _table() else escape(readable(name))


def plain_name_of(kind: str, name: str) -> str:
    """Like ``name_of`` in English alone."""
    entry = _table().get(f"{kind}_{name}")
    return entry["en"] if entry else readable(name)


def task_name(task: str) -> Markup:
    """Give a task's title in both languages with its id as the tooltip; an unknown task is its id."""
    known = catalogue().get(task)
    if known is None:
        return escape(visible(task, 60))
    titles = Markup("").join(
        Markup('<span class="t" lang="{0}">{1}</span>').format(lang, known.title.get(lang) or task)
        for lang in LANGUAGES
    )
    return Markup('<span title="{0}">{1}</span>').format(task, titles)


def readable(name: str) -> str:
    """Give a machine name with spaces instead of joints."""
    return visible(name.replace("_", " ").replace("-", " ").strip() or "?")


def visible(text: str, limit: int = 1200) -> str:
    """Foreign text with control, direction and zero-width characters made visible, cut to ``limit``.

    A direction override would reorder what the reader sees around it. The zero-width joiner stays, emoji
    need it.
    """
    cut = text[:limit]
    clean = _HIDDEN.sub(lambda m: m[0] if m[0] == _JOINER else f"[U+{ord(m[0]):04X}]", cut)
    return clean if len(text) <= limit else f"{clean} [+{len(text) - limit}]"


def points(value: float | None, digits: int = 1) -> str:
    """Give a score in points; an unknown one is a dash."""
    return "\u2013" if value is None else f"{value:.{digits}f}"


def figure(value: float | None, digits: int = 4) -> str:
    """Give a quantity of any size with so many significant digits."""
    return "\u2013" if value is None else f"{value:.{digits}g}"


def chance(value: float | None) -> str:
    """Give a p-value; below a ten-thousandth the digits say nothing."""
    return "< 0.0001" if value is not None and value < 1e-4 else figure(value, 2)


def change(value: float | None, digits: int = 1) -> str:
    """Give a signed difference with a real minus sign; zero has no sign."""
    if value is None:
        return "\u2013"
    shown = f"{abs(value):.{digits}f}"
    if float(shown) == 0.0:
        return shown
    return ("+" if value > 0 else "\u2212") + shown


def tone(value: float | None) -> str:
    """``up``, ``down`` or ``even``: the class that colours a difference as it is printed."""
    if value is None or abs(value) < 0.05:
        return "even"
    return "up" if value > 0 else "down"


def whole(value: float | None) -> str:
    """Give a count with thin groups of three."""
    return "\u2013" if value is None else f"{value:,.0f}".replace(",", "\u202f")


def duration(seconds: float | None) -> str:
    """Seconds as ``48 s``, ``3 min 20 s`` or ``2 h 05 min``."""
    if seconds is None:
        return "\u2013"
    total = round(seconds)
    if total < 100:
        return f"{total} s"
    if total < 6000:
        return f"{total // 60} min {total % 60:02d} s"
    return f"{total // 3600} h {total % 3600 // 60:02d} min"
