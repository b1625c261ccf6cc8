"""A row of the user's data, and what can be wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from redone.sources.ingest.values import number_in

INVALID_UTF8 = "invalid UTF-8"
INVALID_JSON = "invalid JSON"
LONE_SURROGATE = "lone surrogate"
NUL = "NUL character"
TOO_LONG = "line too long"
TOO_DEEP = "JSON too deep"
NOT_OBJECT = "not an object"
RAGGED = "wrong number of fields"
UNCLOSED = "quote never closed"
EMPTY_FILE = "empty file"
HIDDEN_IN_ID = "invisible character in an id"
BIDI = "bidirectional control character"
MISSING = "missing field"
MIXED = "mixed types"
DUPLICATE = "duplicate id"
UNKNOWN_LABEL = "unknown label"
UNREADABLE_ANSWER = "answer does not fit its form"
DANGLING = "names an unknown record"
STEP = "step not applicable"
TOO_FEW = "too few wrong options"

OTHER_SPLIT = "same text in another split"
LICENCE = "licence not allowed"
UNSUPPORTED = "unsupported file type"
CROSS_SPLIT = "link across splits"
OTHER_LANGUAGE = "other language"
OTHER_ENCODING = "read in another encoding"
REMARKS = frozenset({LICENCE, OTHER_SPLIT, UNSUPPORTED, CROSS_SPLIT, TOO_FEW, OTHER_ENCODING, OTHER_LANGUAGE})
"""Reasons for setting a row aside that say nothing against the data: recorded, but not part of the share."""


class RowFault(Exception):
    """A row cannot be used. ``reason`` is one of the constants above, ``detail`` says where and what."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Row:
    """One record as read. ``file`` is relative to the data root; ``line`` counts from 1 (Parquet: rows)."""

    file: str
    line: int
    values: dict[str, Any]

    def having(self, **more: Any) -> Row:
        """The same row with further or replaced columns."""
        return Row(self.file, self.line, {**self.values, **more})

    def get(self, column: str) -> Any:
        """The value of a column, or of a place inside one (``user.name``, ``turns.0.text``); None if absent."""
        if column in self.values or "." not in column:
            return self.values.get(column)
        value: Any = self.values
        for part in column.split("."):
            if isinstance(value, dict):
                value = value.get(part)
            elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
                value = value[int(part)]
            else:
                return None
        return value

    def take(self, column: str) -> Any:
        """The value of a column.

        Raises:
            RowFault: the column is absent, null, or an empty text.

        """
        value = self.get(column)
        if value is None or value == "":
            state = "empty" if column in self.values else f"absent{self._nearest(column)}"
            raise RowFault(MISSING, f"column '{column}' is {state}")
        return value

    def text(self, column: str) -> str:
        """The value as text; numbers are written out (``3.0`` as ``3``).

        Raises:
            RowFault: missing, or neither text nor number.

        """
        return as_text(self.take(column), column)

    def word(self, column: str) -> str:
        """The value as a label: as ``text``, and truth values as ``true`` and ``false``.

        Raises:
            RowFault: as ``text``.

        """
        return as_word(self.take(column), column)

    def texts(self, column: str) -> list[str]:
        """The value as a list of texts (an empty list is fine).

        Raises:
            RowFault: missing, or not a list of texts or numbers.

        """
        value = self.get(column)
        if value is None:
            value = self.take(column)
        if not isinstance(value, list | tuple):
            raise RowFault(MIXED, f"column '{column}' holds {kind_of(value)}, a list is expected")
        return [as_text(item, column) for item in value]

    def _nearest(self, column: str) -> str:
        from redone.sources.ingest.keys import nearest

        near = nearest(column, list(self.values))
        return f"; the nearest one is '{near}'" if near else ""


def as_text(value: Any, column: str) -> str:
    """A text or number as text.

    Raises:
        RowFault: it is anything else (a list, an object, a truth value).

    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RowFault(MIXED, f"column '{column}' holds {kind_of(value)}, text is expected")
    return str(int(value)) if float(value).is_integer() else str(value)


def as_word(value: Any, column: str) -> str:
    """A label or key as text: as ``as_text``, and truth values as ``true`` and ``false``.

    Raises:
        RowFault: as ``as_text``.

    """
    if isinstance(value, bool):
        return "true" if value else "false"
    return as_text(value, column)


def as_number(value: Any, column: str) -> float:
    """A number, or a text that writes one.

    Raises:
        RowFault: it is neither.

    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    number = number_in(value) if isinstance(value, str) else None
    if number is None:
        raise RowFault(MIXED, f"column '{column}' holds {value!r:.40}, a number is expected")
    return number


def kind_of(value: Any) -> str:
    """How to name a value's type to a user."""
    names = {str: "text", bool: "a truth value", int: "a number", float: "a number", list: "a list"}
    names |= {dict: "an object", type(None): "nothing"}
    return names.get(type(value), type(value).__name__)
