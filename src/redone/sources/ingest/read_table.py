"""CSV, TSV and Parquet, row by row."""

from __future__ import annotations

import csv
import datetime
import decimal
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from redone.errors import UserError
from redone.sources.ingest.faults import INVALID_UTF8, MIXED, RAGGED, TOO_LONG, RowFault
from redone.sources.ingest.files import lines
from redone.sources.ingest.read_json import Parsed
from redone.sources.ingest.settings import IngestSettings


def read_csv(stream: BinaryIO, settings: IngestSettings, delimiter: str, name: str) -> Iterator[Parsed]:
    """Rows below a header line, every value a text. A quoted field may hold line ends.

    Without a header line the settings name the columns.
    A field above 131,072 characters (the csv module's own limit) is a fault of its row.

    Raises:
        UserError: the header has an empty or repeated column name.

    """
    decoded = (raw.decode("utf-8", "surrogateescape") for _, raw, _ in lines(stream, settings.max_line_bytes))
    given = settings.reading
    delimiter = given.delimiter or delimiter
    texts = (line.removesuffix("\r") + "\n" for line in decoded)
    reader = (
        csv.reader(texts, delimiter=delimiter, quotechar=given.quote)
        if given.quote
        else csv.reader(texts, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    )
    header = list(given.columns)
    while True:
        try:
            fields = next(reader, None)
        except csv.Error as error:
            yield reader.line_num, RowFault(TOO_LONG, str(error)), b""
            continue
        if fields is None:
            return
        if not fields or fields == [""]:
            continue
        if not header:
            header = _header(fields, name)
            continue
        yield reader.line_num, _csv_row(header, fields), delimiter.join(fields).encode("utf-8", "replace")


def _header(fields: list[str], name: str) -> list[str]:
    header = [field.strip() for field in fields]
    if header[0] == "" and "index" not in header:
        header[0] = "index"  # tables written with their index have a first column without a name
    if "" in header or len(set(header)) < len(header):
        raise UserError(
            f"file '{name}', header {header}: a column name is empty or repeated. Name every column once"
        )
    return header


def _csv_row(header: list[str], fields: list[str]) -> dict[str, Any] | RowFault:
    if len(fields) != len(header):
        return RowFault(RAGGED, f"{len(fields)} fields under {len(header)} columns")
    if any("\udc80" <= c <= "\udcff" for field in fields for c in field):
        return RowFault(INVALID_UTF8, "bytes that are no text")
    return dict(zip(header, fields, strict=True))


def read_parquet(path: Path, settings: IngestSettings) -> Iterator[Parsed]:
    """Rows of a Parquet file; the line is the row's number from 1.

    Raises:
        UserError: the file is no whole Parquet file.

    """
    number = 0
    try:
        for batch in pq.ParquetFile(path).iter_batches(batch_size=1024):
            for values in _rows(batch):
                number += 1
                yield number, _plain_row(values, settings), b""
    except (pa.ArrowException, OSError) as error:
        raise UserError(f"file '{path}': no whole Parquet file ({error}). Copy or write it again") from error


def _rows(batch: Any) -> list[dict[str, Any]]:
    try:
        rows: list[dict[str, Any]] = batch.to_pylist()
    except UnicodeDecodeError:
        # Arrow does not check text columns; read them as bytes, so that only the faulty rows are set aside.
        columns = [c.cast(pa.binary()) if pa.types.is_string(c.type) else c for c in batch.columns]
        rows = pa.RecordBatch.from_arrays(columns, names=batch.schema.names).to_pylist()
    return rows


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
    """A value as JSON would hold it: dates as ISO text, decimals as numbers, bytes as text."""
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
    raise RowFault(MIXED, f"column '{column}' holds {type(value).__name__}, which has no text form")
