"""Numbers, ids and times as platforms write them: ``1.2万``, ``1,200``, ``77.0``, ``2026年5月1日 10:30``."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Any

_NUMBER = re.compile(
    r"([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?\.?\d*(?<=\d)\.?(?:[eE][+-]?\d+)?)([万亿千wWkKmM]?)\+?"
)
_TIMES = {"": 1.0, "千": 1e3, "k": 1e3, "万": 1e4, "w": 1e4, "m": 1e6, "亿": 1e8}
_WHOLE = re.compile(r"\d+\.0+")
_CHINESE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日?")
_ZONE = re.compile(r" (?:[A-Z]{3,4}|[+-]\d{4})(?= \d{4}$)")
_FORMS = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y%m%d %H:%M:%S", "%Y%m%d", "%a %b %d %H:%M:%S %Y",
    "%a, %d %b %Y %H:%M:%S", "%b %d, %Y", "%d %b %Y", "%m/%d/%Y %I:%M:%S %p",
)  # fmt: skip


def as_written(value: object) -> str:
    """A plain value of a mapping file as rows say it: ``true``, not Python's ``True``."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_words(value: Any) -> Any:
    """A mapping of plain values as texts; anything else as it is, for the validation to name."""
    if not isinstance(value, dict):
        return value
    return {as_written(key): as_written(word) for key, word in value.items()}


def number_in(text: str) -> float | None:
    """The number that a text writes; None if it writes none, or one without end.

    Thousands may be apart by commas; ``千``, ``万``, ``亿``, ``k``, ``w`` and ``m`` multiply; a plus behind it
    ("10w+") is passed over.
    """
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        return None
    number = float(found.group(1).replace(",", "")) * _TIMES[found.group(2).lower()]
    return number if math.isfinite(number) else None


def id_in(text: str) -> str:
    """An id as its other tables write it: ``77.0`` is ``77``, which a tool took for a number."""
    return text.split(".", 1)[0] if _WHOLE.fullmatch(text) else text


def moment_in(value: str | float) -> float | None:
    """Seconds since 1970 of a time: such a number (also milli- or microseconds), ISO, Chinese or mail form.

    A time zone is left out, as times are compared within one platform. A form that could be read in two ways
    (``01/02/2026``) is None; with hours and AM or PM it is taken as month, day, year.
    """
    if not isinstance(value, str):
        return _since(float(value))
    text = value.strip()
    number = _since(float(text)) if re.fullmatch(r"\d{9,16}(\.\d+)?", text) else None
    if number is not None:
        return number
    text = _CHINESE.sub(lambda m: f"{m[1]}-{int(m[2]):02d}-{int(m[3]):02d}", text)
    text = re.sub(r"(?<=\d)T(?=\d)", " ", text)
    text = _ZONE.sub("", re.sub(r"^(\d{4})[/.](\d{1,2})[/.](\d{1,2})", r"\1-\2-\3", text))
    short = text[:19] if text[:4].isdigit() else re.sub(r" [+-]\d{4}$| GMT$", "", text)
    for form in _FORMS:
        try:
            return datetime.strptime(short.strip(), form).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue
    return None


def _since(number: float) -> float | None:
    """Seconds of a number of seconds, milli- or microseconds since 1970, by its size."""
    for size, unit in ((1e14, 1e6), (1e11, 1e3)):
        if number >= size:
            number /= unit
            break
    return number if 0 <= number < 1e11 else None
