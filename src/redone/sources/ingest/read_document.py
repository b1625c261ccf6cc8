"""One whole JSON document: where its rows are, and tables that were written column by column."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from redone.errors import UserError
from redone.sources.ingest.faults import NOT_OBJECT, RowFault, kind_of
from redone.sources.ingest.read_json import Parsed
from redone.sources.ingest.settings import IngestSettings

DOCUMENT_BYTES = 1 << 28
"""Largest JSON document that is held in memory; a larger one is better written as one object per line."""


def read_document(stream: BinaryIO, settings: IngestSettings, name: str) -> Iterator[Parsed]:
    """The rows at ``reading.rows`` of one JSON document; the line is the row's number from 1.

    Raises:
        UserError: the document is too large or no JSON, or has no rows at that place.

    """
    raw = _whole(stream)
    if len(raw) > DOCUMENT_BYTES:
        raise UserError(f"file '{name}': over {DOCUMENT_BYTES >> 20} MiB in one JSON document; write .jsonl")
    try:
        value: Any = orjson.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise UserError(f"file '{name}': not readable as one JSON document ({error})") from error
    for number, item in enumerate(_rows_at(value, settings.reading.rows, name), start=1):
        fault = RowFault(NOT_OBJECT, f"{kind_of(item)} where an object is expected")
        yield number, item if isinstance(item, dict) else fault, b""


def _whole(stream: BinaryIO) -> bytes:
    parts, size = [], 0
    while size <= DOCUMENT_BYTES and (part := stream.read(1 << 20)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _rows_at(value: Any, place: str, name: str) -> list[Any]:
    for part in place.split("."):
        if part == "*":
            continue
        if not isinstance(value, dict) or part not in value:
            there = ", ".join(list(value)[:8]) if isinstance(value, dict) else kind_of(value)
            raise UserError(f"file '{name}': reading.rows: nothing at '{part}'; there is {there}")
        above, value = value, value[part]
        names = above.get("columns")
        if isinstance(names, list) and isinstance(value, list) and value and isinstance(value[0], list):
            value = [_named(names, row) for row in value]
    if is_by_column(value):
        rows = next(iter(value.values()))
        return [{column: cells[row] for column, cells in value.items()} for row in rows]
    if isinstance(value, dict):
        value = [{"key": key, **item} if isinstance(item, dict) else item for key, item in value.items()]
    if not isinstance(value, list):
        raise UserError(f"file '{name}': reading.rows holds {kind_of(value)}, a list is expected")
    return value


def _named(names: list[Any], row: Any) -> Any:
    """A row that is a list under a list of names; as it is where they do not fit."""
    fits = isinstance(row, list) and len(row) == len(names)
    return dict(zip(map(str, names), row, strict=True)) if fits else row


def is_by_column(value: Any) -> bool:
    """Whether an object holds columns, each an object of the same row numbers: ``{"text": {"0": ..., "1": ...}}``."""
    if not isinstance(value, dict) or not value:
        return False
    first = next(iter(value.values()))
    if not isinstance(first, dict) or not first or not all(key.isdigit() for key in first):
        return False
    return all(isinstance(cells, dict) and cells.keys() == first.keys() for cells in value.values())
