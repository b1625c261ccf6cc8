"""Parquet, row by row."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from redone.errors import UserError
from redone.sources.ingest.faults import INVALID_UTF8, TOO_LONG, RowFault
from redone.sources.ingest.read_json import Parsed
from redone.sources.ingest.settings import IngestSettings


def read_parquet(
    path: Path, settings: IngestSettings, span: tuple[int, int] | None = None
) -> Iterator[Parsed]:
    """Rows of a Parquet file, or of its rows ``span`` (first, one behind the last, from 0); lines count from 1.

    Raises:
        UserError: the file is no whole Parquet file.

    """
    first, behind = span or (0, 1 << 62)
    number = 0
    try:
        for batch in pq.ParquetFile(path).iter_batches(batch_size=1024):
            if number >= behind:
                return
            if number + batch.num_rows <= first:
                number += batch.num_rows
                continue
            for values in _rows(batch):
                number += 1
                if first < number <= behind:
                    yield number, _plain_row(values, settings), b""
    except (pa.ArrowException, OSError) as error:
        raise UserError(f"file '{path}': no whole Parquet file ({error}). Copy or write it again") from error


def _rows(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    batch = _readable(batch)
    try:
        return list(batch.to_pylist())
    except UnicodeDecodeError:
        # Arrow does not check text columns; read them as bytes, so that only the faulty rows are set aside.
        columns = [c.cast(pa.binary()) if _is_text(c.type) else c for c in batch.columns]
        return list(pa.RecordBatch.from_arrays(columns, names=batch.schema.names).to_pylist())


def _readable(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Without what Python has no value for: pictures and other bytes become null, nanoseconds go."""
    columns = []
    for column in batch.columns:
        kind = column.type
        if pa.types.is_timestamp(kind) and kind.unit == "ns":
            column = column.cast(pa.timestamp("us", kind.tz), safe=False)
        elif pa.types.is_duration(kind):
            column = column.cast(pa.int64())
        elif (
            pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
        ):
            column = pa.array([_said(value) for value in column.to_pylist()], pa.string())
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _said(value: bytes | None) -> str | None:
    """The text of a column of bytes (old tools write texts so); what is no text is no value."""
    try:
        return None if value is None else value.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _plain_row(values: dict[str, Any], settings: IngestSettings) -> dict[str, Any] | RowFault:
    try:
        row = {key: _plain(value, key) for key, value in values.items()}
    except RowFault as fault:
        return fault
    for key, value in row.items():
        if isinstance(value, str) and len(value) > settings.max_line_bytes:
            return RowFault(TOO_LONG, f"column '{key}', {len(value)} characters")
    return row


def _plain(value: Any, column: str) -> Any:
    """A value as JSON would hold it: dates as ISO text, decimals as numbers, maps as lists of pairs."""
    if value is None or isinstance(value, str | int | float):
        return None if value != value else value  # not a number: no value
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            raise RowFault(INVALID_UTF8, f"column '{column}'") from None
    if isinstance(value, datetime.date | datetime.datetime | datetime.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: _plain(item, column) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, column) for item in value]
    return str(value)
