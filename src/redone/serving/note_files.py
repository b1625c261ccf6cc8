"""Parquet files of notes: opened, read in batches, and their rows as notes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from redone.errors import UserError
from redone.serving.apps.notes import NoteIn

BATCH = 64
FIELDS = ("id", "title", "body", "language", "entities")
LABEL = "harm"
"""The column of labelled notes: a category, or none."""


def open_notes(source: Path) -> pq.ParquetFile:
    """A Parquet file of notes. Raises ``UserError`` when it is none."""
    try:
        file = pq.ParquetFile(source)
    except (OSError, pa.ArrowException) as error:
        raise UserError(f"{source} is no Parquet file: {error}") from error
    names = file.schema_arrow.names
    if not {"title", "body"} & set(names):
        raise UserError(f"{source} has the columns {sorted(names)}; it needs title or body")
    if twice := [name for name in (*FIELDS, LABEL) if names.count(name) > 1]:
        raise UserError(f"{source} has two columns {twice[0]!r}; keep one")
    return file


def read_notes(source: Path) -> Iterator[dict[str, Any]]:
    """All rows, in order."""
    with open_notes(source) as file:
        for rows in batches(file, source):
            yield from rows


def batches(file: pq.ParquetFile, source: Path) -> Iterator[list[dict[str, Any]]]:
    """The rows of an open file in lists of ``BATCH``. Raises ``UserError`` where the file is damaged."""
    names = [name for name in (*FIELDS, LABEL) if name in file.schema_arrow.names]
    try:
        for batch in file.iter_batches(batch_size=BATCH, columns=names):
            yield _rows(batch)
    except (OSError, pa.ArrowException) as error:
        raise UserError(f"{source} is damaged: {str(error).splitlines()[0]}; write it again") from error


def _rows(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    try:
        return list(batch.to_pylist())
    except UnicodeDecodeError:
        # Arrow does not check texts; as bytes, only the rows that are damaged get a problem.
        columns = [c.cast(pa.binary()) if pa.types.is_string(c.type) else c for c in batch.columns]
        rows = pa.RecordBatch.from_arrays(columns, names=batch.schema.names).to_pylist()
        return [{name: _said(value) for name, value in row.items()} for row in rows]


def _said(value: Any) -> Any:
    try:
        return value.decode("utf-8") if isinstance(value, bytes) else value
    except UnicodeDecodeError:
        return value


def note_of(row: dict[str, Any], number: int) -> NoteIn:
    """A row as a note; a row without id gets its number. Raises pydantic's ``ValidationError``."""
    given = {name: row[name] for name in FIELDS if row.get(name) is not None}
    return NoteIn.model_validate(
        {"id": str(number)} | given | ({"id": str(given["id"])} if "id" in given else {})
    )


def problem_of(error: ValidationError, number: int) -> str:
    """What is wrong with a row that is no note, in one line."""
    first = error.errors(include_url=False, include_input=False)[0]
    return f"row {number}: {first['loc'][0] if first['loc'] else 'note'}: {first['msg']}"
