"""The careful way: row by row, so that a faulty row costs one row and is told apart from its neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from redone.corpus.reading.columns import LINE, to_table, used_columns
from redone.corpus.reading.faults import Fault, excerpt
from redone.corpus.settings.reading import ReadingSettings, SourceMapping
from redone.sources.ingest.faults import LONE_SURROGATE, MISSING, NUL, TOO_LONG, Row, RowFault, as_text
from redone.sources.ingest.read_json import Parsed
from redone.sources.ingest.settings import IngestSettings
from redone.sources.ingest.text import check_id

_DEPTH = 1000
"""Nesting at which both JSON parsers give up."""


def careful(mapping: SourceMapping, settings: ReadingSettings) -> IngestSettings:
    """How the rows of a source are read one by one."""
    return IngestSettings(
        max_line_bytes=settings.max_line_bytes,
        max_depth=_DEPTH,
        max_record_lines=settings.max_record_lines,
        reading=mapping.reading,
    )


class RowReader:
    """Turns parsed rows of one file into tables, and keeps the faults."""

    def __init__(self, mapping: SourceMapping, file: str, max_bytes: int) -> None:
        self.mapping = mapping
        self.file = file
        self.max_bytes = max_bytes
        self.names = used_columns(mapping)
        self.faults: list[Fault] = []
        self.rows = 0

    def tables(self, rows: Iterable[Parsed], size: int) -> Iterator[pl.DataFrame]:
        """Tables of at most ``size`` rows."""
        values: dict[str, list[Any]] = {name: [] for name in (*self.names, LINE)}
        for line, parsed, raw in rows:
            self.rows += 1
            try:
                if isinstance(parsed, RowFault):
                    raise parsed
                texts = self.texts(Row(self.file, line, parsed))
            except RowFault as fault:
                self.faults.append(
                    Fault(
                        self.mapping.source, self.file, line, fault.reason, fault.detail,
                        excerpt(raw or str(parsed)),
                    )
                )  # fmt: skip
                continue
            for name, text in texts.items():
                values[name].append(text)
            values[LINE].append(line)
            if len(values[LINE]) == size:
                yield self._table(values)
                values = {name: [] for name in values}
        if values[LINE]:
            yield self._table(values)

    def texts(self, row: Row) -> dict[str, str | None]:
        """The used columns as text; None where the row has none.

        Raises:
            RowFault: no text, no id where one is named, a value of another type, NUL, a lone surrogate.

        """
        found: dict[str, str | None] = {}
        for name in self.names:
            value = row.get(name)
            found[name] = text = None if value is None else as_text(value, name)
            if text is not None:
                _check(text, name, self.max_bytes)
        own = self.mapping.columns
        if not any(found[name] for name in own.text):
            if len(own.text) == 1:
                row.take(own.text[0])
            raise RowFault(MISSING, f"no text in {', '.join(own.text)}")
        if own.id:
            row.take(own.id)
            check_id(found[own.id], own.id)
        return found

    def _table(self, values: dict[str, list[Any]]) -> pl.DataFrame:
        schema = {name: pl.Int64() if name == LINE else pl.String() for name in values}
        return to_table(pl.DataFrame(values, schema=schema), self.mapping, self.file)


def _check(text: str, name: str, limit: int) -> None:
    if "\x00" in text:
        raise RowFault(NUL, f"column '{name}'")
    if len(text) > limit:
        raise RowFault(TOO_LONG, f"column '{name}', {len(text)} characters")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise RowFault(LONE_SURROGATE, f"column '{name}'") from None
