"""Plain lines, CoNLL columns, and one whole JSON document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from redone.errors import UserError
from redone.sources.ingest.faults import INVALID_UTF8, NOT_OBJECT, RAGGED, TOO_LONG, RowFault, kind_of
from redone.sources.ingest.files import lines
from redone.sources.ingest.read_json import Parsed
from redone.sources.ingest.settings import IngestSettings

DOCUMENT_BYTES = 1 << 28
"""Largest JSON document that is held in memory; a larger one is better written as one object per line."""
SKIP = "-"
"""Name of a field that is not read."""


def read_lines(stream: BinaryIO, settings: IngestSettings) -> Iterator[Parsed]:
    """One row per line that is not blank, in the column ``line``."""
    for number, raw, length in lines(stream, settings.max_line_bytes):
        text = _decoded(raw, length, settings)
        if isinstance(text, RowFault):
            yield number, text, raw
        elif text.strip():
            yield number, {"line": text.rstrip("\r")}, raw


def read_conll(stream: BinaryIO, settings: IngestSettings) -> Iterator[Parsed]:
    """One row per sentence: a list per field. Fields are apart by a tab, or by any spaces where none is."""
    names = settings.reading.columns
    held: list[list[str]] = []
    fault: RowFault | None = None
    start = 0
    for number, raw, length in lines(stream, settings.max_line_bytes):
        text = _decoded(raw, length, settings)
        if isinstance(text, str):
            text = text.strip("\r")
            if not text.strip() or text.startswith("-DOCSTART-"):
                if held or fault:
                    yield start, fault or _columns(held, names), b""
                held, fault = [], None
                continue
            if text.startswith("# "):
                continue
            fields = text.split("\t") if "\t" in text else text.split()
            if held and len(fields) != len(held[0]):
                fault = RowFault(RAGGED, f"line {number}: {len(fields)} fields after {len(held[0])}")
        else:
            fault, fields = text, []
        if not held:
            start = number
        held.append(fields)
    if held:
        yield start, fault or _columns(held, names), b""


def _columns(held: list[list[str]], names: tuple[str, ...]) -> dict[str, Any] | RowFault:
    fields = [list(column) for column in zip(*held, strict=True)]
    if not names:
        if len(fields) < 2:
            return RowFault(RAGGED, "one field per line; a token and a tag are needed")
        return {"tokens": fields[0], "tags": fields[-1]}
    if len(names) != len(fields):
        return RowFault(RAGGED, f"{len(fields)} fields, reading.columns names {len(names)}")
    return {name: column for name, column in zip(names, fields, strict=True) if name != SKIP}


def _decoded(raw: bytes, length: int, settings: IngestSettings) -> str | RowFault:
    if length > settings.max_line_bytes:
        return RowFault(TOO_LONG, f"{length} bytes")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return RowFault(INVALID_UTF8, "bytes that are no text")


def read_document(stream: BinaryIO, settings: IngestSettings, name: str) -> Iterator[Parsed]:
    """The rows at ``reading.rows`` of one JSON document; the line is the row's number from 1.

    Raises:
        UserError: the document is too large or no JSON, or has no rows at that place.

    """
    raw = stream.read(DOCUMENT_BYTES + 1)
    if len(raw) > DOCUMENT_BYTES:
        raise UserError(f"file '{name}': over {DOCUMENT_BYTES >> 20} MiB in one JSON document; write .jsonl")
    try:
        value: Any = orjson.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise UserError(f"file '{name}': not readable as one JSON document ({error})") from error
    for part in settings.reading.rows.split("."):
        if part == "*":
            continue
        if not isinstance(value, dict) or part not in value:
            there = ", ".join(list(value)[:8]) if isinstance(value, dict) else kind_of(value)
            raise UserError(f"file '{name}': reading.rows: nothing at '{part}'; there is {there}")
        value = value[part]
    if isinstance(value, dict):
        value = [{"key": key, **item} if isinstance(item, dict) else item for key, item in value.items()]
    if not isinstance(value, list):
        raise UserError(f"file '{name}': reading.rows holds {kind_of(value)}, a list is expected")
    for number, item in enumerate(value, start=1):
        fault = RowFault(NOT_OBJECT, f"{kind_of(item)} where an object is expected")
        yield number, item if isinstance(item, dict) else fault, b""
