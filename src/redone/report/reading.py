"""Forgiving readers: a report is made of whatever a run has left, and says what it could not read.

A run may be going on, may have been killed, or may come from another version. So nothing here raises on bad
content: a value of the wrong kind reads as missing, and damaged files and lines are counted for the page.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Lines:
    """The rows of a JSON-lines file, and how many lines were not JSON objects."""

    rows: tuple[Mapping[str, Any], ...] = ()
    damaged: int = 0


def read_json(path: Path) -> tuple[Any, bool]:
    """Give the value of a JSON file and whether the file is damaged; a missing file is ``(None, False)``."""
    try:
        return _parse(path.read_bytes()), False
    except FileNotFoundError:
        return None, False
    except (OSError, ValueError, RecursionError):
        return None, True


def read_lines(path: Path) -> Lines:
    """Give the objects of a JSON-lines file; blank lines do not count, damaged ones do."""
    rows: list[Mapping[str, Any]] = []
    damaged = 0
    try:
        with path.open("rb") as stream:
            for line in stream:
                if not line.strip():
                    continue
                try:
                    value = _parse(line)
                except (ValueError, RecursionError):
                    damaged += 1
                    continue
                if isinstance(value, dict):
                    rows.append(value)
                else:
                    damaged += 1
    except FileNotFoundError:
        return Lines()
    except OSError:
        damaged += 1
    return Lines(tuple(rows), damaged)


def _parse(raw: bytes) -> Any:
    # NaN and Infinity are no JSON, but loggers write them: they read as missing numbers.
    return json.loads(raw.decode("utf-8-sig"), parse_constant=lambda _: None)


def number(value: Any) -> float | None:
    """Give the value as a finite float, else None; truth values are no numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        result = float(value)
    except OverflowError:
        return None
    return result if math.isfinite(result) else None


def count(value: Any) -> int | None:
    """Give the value as a whole number, else None."""
    result = number(value)
    return None if result is None else round(result)


def mapping(value: Any) -> Mapping[str, Any]:
    """Give the value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> list[Any]:
    """Give the value if it is a JSON list, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: Any) -> str:
    """Give the value as text: strings as they are, nothing as an empty one, the rest as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
