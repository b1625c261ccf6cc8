"""JSON lines and JSON arrays, row by row. A faulty row costs one row, never the file."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from redone.errors import UserError
from redone.sources.ingest.faults import (
    INVALID_JSON,
    INVALID_UTF8,
    LONE_SURROGATE,
    NOT_OBJECT,
    NUL,
    TOO_DEEP,
    TOO_LONG,
    RowFault,
    kind_of,
)
from redone.sources.ingest.files import lines, pieces
from redone.sources.ingest.settings import IngestSettings

Parsed = tuple[int, dict[str, Any] | RowFault, bytes]
"""Line number, the row or what is wrong with it, and the raw bytes for the excerpt."""

_MARKS = re.compile(rb'[\[\]{}",\\\n]')
_ODD_NUMBER = re.compile(rb"NaN|Infinity|[eE][+]?\d{3}")
_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def read_jsonl(stream: BinaryIO, settings: IngestSettings) -> Iterator[Parsed]:
    """One object per line; blank lines are no rows."""
    for number, raw, length in lines(stream, settings.max_line_bytes):
        if length > settings.max_line_bytes:
            yield number, RowFault(TOO_LONG, f"{length} bytes"), raw
        elif raw.strip():
            yield number, parse_object(raw, settings.max_depth), raw


def read_json(stream: BinaryIO, settings: IngestSettings, name: str) -> Iterator[Parsed]:
    """The elements of one top-level array, cut out without parsing the whole; the line is where one ends.

    Raises:
        UserError: the file ends inside the array, so rows are missing.

    """
    for number, raw, length in _elements(stream, settings.max_line_bytes, name):
        if length > settings.max_line_bytes:
            yield number, RowFault(TOO_LONG, f"{length} bytes"), raw
        else:
            yield number, parse_object(raw, settings.max_depth), raw


def parse_object(raw: bytes, max_depth: int) -> dict[str, Any] | RowFault:
    """The JSON object of some bytes, or the fault: encoding, surrogates, NUL, syntax, depth, kind."""
    if b"\x00" in raw:
        return RowFault(NUL, f"at byte {raw.index(0)}")
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        value = _without_odd_numbers(raw) if _ODD_NUMBER.search(raw) else None
        if value is None:
            return RowFault(_reason(raw, str(error)), str(error))
    if raw.count(b"[") + raw.count(b"{") > max_depth and _depth(value, max_depth + 1) > max_depth:
        return RowFault(TOO_DEEP, f"more than {max_depth} levels")
    if not isinstance(value, dict):
        return RowFault(NOT_OBJECT, f"{kind_of(value)} where an object is expected")
    return value


def _without_odd_numbers(raw: bytes) -> Any:
    """What the bytes hold, None in place of NaN, Infinity and numbers beyond a double.

    Tools write those against the standard. None as a whole if something else is wrong.
    """
    try:
        return json.loads(raw, parse_constant=lambda _: None, parse_float=_finite, parse_int=_whole)
    except (ValueError, RecursionError):
        return None


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _whole(digits: str) -> int | float | None:
    # As the fast parser has it: what 64 bits do not hold is a float.
    return int(digits) if len(digits) < 19 else _finite(digits)


def _reason(raw: bytes, message: str) -> str:
    if "depth limit" in message or "ecursion" in message:
        return TOO_DEEP
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return INVALID_UTF8
    return LONE_SURROGATE if "surrogate" in message and _ESCAPED_SURROGATE.search(raw) else INVALID_JSON


def _depth(value: Any, limit: int) -> int:
    """Levels of nesting, counted no further than ``limit``; level by level, so depth costs no stack."""
    level, depth = [value], 0
    while level and depth < limit:
        inner = [item for item in level if isinstance(item, dict | list)]
        if not inner:
            break
        depth += 1
        level = [child for item in inner for child in (item.values() if isinstance(item, dict) else item)]
    return depth


def _elements(stream: BinaryIO, limit: int, name: str) -> Iterator[tuple[int, bytes, int]]:
    """Cuts a top-level array at its commas by following brackets and strings only."""
    cutter = _Cutter(limit)
    for block in pieces(stream):
        yield from cutter.feed(block)
    yield from cutter.end(name)


class _Cutter:
    """State of the walk through an array: depth, inside a string, after a backslash, the element so far."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.depth = 0
        self.array = False
        self.in_string = False
        self.skip = -1
        self.line = 1
        self.kept = b""
        self.length = 0

    def feed(self, block: bytes) -> Iterator[tuple[int, bytes, int]]:
        start = 0
        for found in _MARKS.finditer(block):
            at, mark = found.start(), found.group()
            if at == self.skip:
                continue
            if self.in_string:
                if mark == b"\\":
                    self.skip = at + 1
                self.in_string = mark != b'"'
            elif mark == b'"':
                self.in_string = True
            elif mark in b"[{":
                self.depth += 1
                if self.depth == 1 and mark == b"[":
                    start, self.array = at + 1, True
                    self.kept, self.length = b"", 0
            elif mark in b"]}":
                self.depth = max(self.depth - 1, 0)
                if self.depth == 0:
                    self._keep(block[start:at] if self.array else block[start : at + 1])
                    yield from self._cut()
                    start = at + 1
            elif mark == b"," and self.depth == 1 and self.array:
                self._keep(block[start:at])
                yield from self._cut()
                start = at + 1
            if mark == b"\n":
                self.line += 1
        self._keep(block[start:])
        self.skip = self.skip - len(block) if self.skip >= len(block) else -1

    def end(self, name: str) -> Iterator[tuple[int, bytes, int]]:
        """What is left when the file ends.

        Raises:
            UserError: the file ends inside the array, so rows are missing.

        """
        if self.depth or self.in_string:
            raise UserError(
                f"file '{name}': ends inside an element (line {self.line}): it is half-written, or a quote is "
                "missing. Copy it again, or write one object per line (.jsonl)"
            )
        yield from self._cut()

    def _keep(self, part: bytes) -> None:
        self.length += len(part)
        self.kept += part[: self.limit - len(self.kept)]

    def _cut(self) -> Iterator[tuple[int, bytes, int]]:
        if self.kept.strip():
            yield self.line, self.kept, self.length
        self.kept, self.length = b"", 0
