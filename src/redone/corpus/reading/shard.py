"""One shard as a table. JSON lines go through the fast parser as a whole, and row by row where it stumbles."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from redone.corpus.reading.columns import LINE, to_table, used_columns
from redone.corpus.reading.faults import Fault
from redone.corpus.reading.plan import Shard
from redone.corpus.reading.rows import RowReader, careful
from redone.corpus.settings.reading import ReadingSettings, SourceMapping
from redone.corpus.step import COLUMNS
from redone.errors import UserError
from redone.sources.ingest.faults import DUPLICATE, HIDDEN_IN_ID, MISSING, MIXED, TOO_LONG
from redone.sources.ingest.read_json import Parsed, read_jsonl
from redone.sources.ingest.read_parquet import read_parquet
from redone.sources.ingest.settings import IngestSettings

_BOM = b"\xef\xbb\xbf"
_HIDDEN = "[\u0000-\u001f\u007f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]|^\\s|\\s$"
_FRACTION = r"^-?[0-9]+(?:\.[0-9]+|\.?[0-9]*[eE][+-]?[0-9]+)$"
_LONGEST_FRACTION = 30


@dataclass(frozen=True, slots=True)
class Loaded:
    """A shard's rows, its faults, and how many rows were read (faulty ones included)."""

    table: pl.DataFrame
    faults: list[Fault] = field(default_factory=list)
    rows: int = 0


def read_shard(shard: Shard, mapping: SourceMapping, settings: ReadingSettings) -> Loaded:
    """Return the table of a shard. The same shard always gives the same table.

    Raises:
        UserError: the file is gone or damaged.

    """
    if shard.form == "spool":
        table = pl.read_parquet(shard.path)
        return _checked(table, [], len(table), shard, mapping, settings)
    if shard.form == "parquet":
        return _parquet(shard, mapping, settings)
    try:
        with Path(shard.path).open("rb") as stream:
            stream.seek(shard.start)
            raw = stream.read(shard.stop - shard.start)
    except OSError as error:
        raise UserError(f"file '{shard.path}': cannot be read ({error.strerror})") from error
    return _json_lines(raw.removeprefix(_BOM) if shard.start == 0 else raw, shard, mapping, settings)


def _json_lines(raw: bytes, shard: Shard, mapping: SourceMapping, settings: ReadingSettings) -> Loaded:
    names = used_columns(mapping)
    if any("." in name for name in names):
        return _careful(raw, shard, mapping, settings)  # places inside nested columns
    try:
        parsed = pl.read_ndjson(raw, schema=dict.fromkeys(names, pl.String)) if not raw.isspace() else None
    except (pl.exceptions.ComputeError, pl.exceptions.SchemaError):
        parsed = None
    if parsed is None:
        return _careful(raw, shard, mapping, settings)
    numbers = pl.int_range(shard.first_line, shard.first_line + len(parsed), dtype=pl.Int64, eager=True)
    lines = int(np.count_nonzero(np.frombuffer(raw, dtype=np.uint8) == 10)) + (not raw.endswith(b"\n"))
    if lines != len(parsed):
        full = [at for at, line in enumerate(raw.split(b"\n")) if line.strip()]
        if len(full) != len(parsed):
            return _careful(raw, shard, mapping, settings)
        numbers = pl.Series(full, dtype=pl.Int64) + shard.first_line
    parsed = parsed.with_columns(numbers.alias(LINE))
    doubt = pl.Series("doubt", [False]).new_from_index(0, len(parsed))
    for name in names:
        if name != mapping.columns.likes:
            doubt |= _doubtful(parsed[name])
    if not doubt.any():
        return _checked(to_table(parsed, mapping, shard.file), [], len(parsed), shard, mapping, settings)
    again = RowReader(mapping, shard.file, settings.max_line_bytes)
    rows = _lines_again(raw, parsed[LINE].filter(doubt), shard, careful(mapping, settings))
    tables = list(again.tables(rows, 1 << 30))
    table = pl.concat([to_table(parsed.filter(~doubt), mapping, shard.file), *tables]).sort(LINE)
    return _checked(table, again.faults, len(parsed), shard, mapping, settings)


def _doubtful(value: pl.Series) -> pl.Series:
    """Where the fast parser may have made text of something else: NUL of half a surrogate pair, lists, fractions.

    Such rows are parsed again with care; most of them turn out to be texts between platform codes.
    """
    doubt = value.str.contains("\x00", literal=True)
    for first, last in ("[]", "{}"):
        doubt |= value.str.starts_with(first) & value.str.ends_with(last)
    short = (value.str.len_bytes() <= _LONGEST_FRACTION).fill_null(False).arg_true()
    if len(short):
        few = value.gather(short)
        odd = few.is_in(["true", "false"]) | few.str.contains(_FRACTION)
        doubt = doubt.fill_null(False).scatter(short, odd | doubt.gather(short).fill_null(False))
    return doubt.fill_null(False)


def _lines_again(raw: bytes, lines: pl.Series, shard: Shard, limits: IngestSettings) -> Iterator[Parsed]:
    ends = np.flatnonzero(np.frombuffer(raw, dtype=np.uint8) == 10)
    for line in lines.to_list():
        at = line - shard.first_line
        start = int(ends[at - 1]) + 1 if at else 0
        stop = int(ends[at]) if at < len(ends) else len(raw)
        for _, parsed, text in read_jsonl(io.BytesIO(raw[start:stop]), limits):
            yield line, parsed, text


def _careful(raw: bytes, shard: Shard, mapping: SourceMapping, settings: ReadingSettings) -> Loaded:
    limits = careful(mapping, settings)
    reader = RowReader(mapping, shard.file, settings.max_line_bytes)
    rows = (
        (line + shard.first_line - 1, parsed, text)
        for line, parsed, text in read_jsonl(io.BytesIO(raw), limits)
    )
    tables = list(reader.tables(rows, 1 << 30))
    table = tables[0] if tables else _empty(mapping)
    return _checked(table, reader.faults, reader.rows, shard, mapping, settings)


def _empty(mapping: SourceMapping) -> pl.DataFrame:
    carried = {name: pl.String for name in mapping.columns.carry if name not in COLUMNS}
    return pl.DataFrame(schema={**COLUMNS, **carried, LINE: pl.Int64})


def _parquet(shard: Shard, mapping: SourceMapping, settings: ReadingSettings) -> Loaded:
    names = used_columns(mapping)
    try:
        schema = pq.read_schema(shard.path)
        if all(name in schema.names and _plain(schema.field(name).type) for name in names):
            raw = pl.scan_parquet(shard.path).select(pl.col(names).cast(pl.String))
            raw = raw.slice(shard.start, shard.stop - shard.start)
            numbers = pl.int_range(shard.start + 1, shard.start + 1 + pl.len(), dtype=pl.Int64).alias(LINE)
            table = to_table(raw.with_columns(numbers).collect(), mapping, shard.file)
            if not table.select(pl.col("text").str.contains("\x00", literal=True).any()).item():
                return _checked(table, [], len(table), shard, mapping, settings)
    except (pa.ArrowException, OSError, pl.exceptions.PolarsError, UnicodeDecodeError):
        pass  # Read again with care: that way says which rows, or that the file is no Parquet file.
    reader = RowReader(mapping, shard.file, settings.max_line_bytes)
    rows = read_parquet(Path(shard.path), careful(mapping, settings), (shard.start, shard.stop))
    tables = list(reader.tables(rows, 1 << 30))
    return _checked(
        tables[0] if tables else _empty(mapping), reader.faults, reader.rows, shard, mapping, settings
    )


def _plain(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind))


def _checked(
    table: pl.DataFrame,
    faults: list[Fault],
    rows: int,
    shard: Shard,
    mapping: SourceMapping,
    settings: ReadingSettings,
) -> Loaded:
    """Takes out rows without text or id, with a number that is none, and the second of two with one id."""
    tests = [
        (MISSING, "no text", pl.col("text").is_null() | ~pl.col("text").str.contains(r"\S")),
        (TOO_LONG, "text", pl.col("text").str.len_bytes() > settings.max_line_bytes),
        (MIXED, "likes is no number", pl.col("likes").is_null()),
    ]
    if mapping.columns.id:
        tests += [
            (MISSING, "no id", pl.col("id").is_null()),
            (HIDDEN_IN_ID, "id", pl.col("id").str.contains(_HIDDEN)),
        ]
        # A row that cannot be used takes no id away from one that can.
        usable = ~pl.any_horizontal([test.fill_null(False) for _, _, test in tests])
        again = usable & ~pl.when(usable).then("id").is_first_distinct()
        tests.append((DUPLICATE, "the id was there before", again))
    bad = table.select(pl.any_horizontal([test.fill_null(False) for _, _, test in tests])).to_series()
    if bad.any():
        told = table.select(
            pl.col(LINE, "text"),
            *(
                pl.coalesce([pl.when(test).then(pl.lit(said[at])) for *said, test in tests]).alias(name)
                for at, name in ((0, "reason"), (1, "detail"))
            ),
        ).filter(bad)
        faults = faults + [
            Fault(mapping.source, shard.file, line, reason, detail, (text or "")[:200])
            for line, text, reason, detail in told.iter_rows()
        ]
        table = table.filter(~bad)
    return Loaded(table.drop(LINE), sorted(faults, key=lambda fault: fault.line), rows)
