"""Any supported file as a stream of clean rows; what cannot be used goes to the quarantine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from redone.sources.ingest.encodings import Transcoded, guess_encoding
from redone.sources.ingest.faults import DUPLICATE, EMPTY_FILE, Row, RowFault
from redone.sources.ingest.files import find_files, format_of, open_bytes
from redone.sources.ingest.quarantine import Quarantine
from redone.sources.ingest.read_json import Parsed, read_json, read_jsonl
from redone.sources.ingest.read_table import read_csv, read_parquet
from redone.sources.ingest.read_text import read_conll, read_document, read_lines
from redone.sources.ingest.settings import IngestSettings
from redone.sources.ingest.text import check_id, clean_value


@dataclass(slots=True)
class Reader:
    """Reads files below ``root`` for one scope of the quarantine (one mapping file, say)."""

    root: Path
    quarantine: Quarantine
    scope: str
    settings: IngestSettings
    seen: dict[str, set[int]] = field(default_factory=dict)
    """Hashes of the ids met so far, by id space."""

    def rows(
        self, pattern: str, *, id_column: str = "", id_columns: tuple[str, ...] = (), space: str = ""
    ) -> Iterator[Row]:
        """The clean rows of a file, folder or pattern, streaming.

        ``id_column`` must be there and unique over all calls of this reader with the same ``space`` (default:
        the column). ``id_columns``
        name further columns that hold ids: invisible characters in any of them set the row aside instead
        of being stripped.

        Raises:
            UserError: no such file, a damaged file, or too large a share of faulty rows (looked at every
                1,000 rows; the caller looks again when all is read).

        """
        seen = self.seen.setdefault(space or id_column, set())
        for path in find_files(
            self.root, pattern, self.quarantine, self.scope, any_name=bool(self.settings.reading.format)
        ):
            for row in self._file(path, (id_column, *id_columns) if id_column else id_columns):
                if id_column and not self._new(row, id_column, seen):
                    continue
                yield row

    def _new(self, row: Row, column: str, seen: set[int]) -> bool:
        try:
            key = hash(row.text(column))
            if key in seen:
                raise RowFault(DUPLICATE, f"column '{column}' = {row.text(column)!r:.60} was there before")
        except RowFault as fault:
            self.quarantine.add(self.scope, row, fault)
            return False
        seen.add(key)
        return True

    def _file(self, path: Path, id_columns: tuple[str, ...]) -> Iterator[Row]:
        name = path.relative_to(self.root).as_posix()
        anything = False
        for line, values, raw in _parsed(path, name, self.settings):
            anything = True
            self.quarantine.count(self.scope)
            try:
                if isinstance(values, RowFault):
                    raise values
                for column in id_columns:
                    check_id(Row(name, line, values).get(column), column)
                clean = clean_value(values, self.quarantine.stripped, self.settings.bidi)
            except RowFault as fault:
                plain = {} if isinstance(values, RowFault) else values
                self.quarantine.add(
                    self.scope, Row(name, line, plain), fault, raw[:800].decode("utf-8", "replace")
                )
                continue
            yield Row(name, line, clean)
        if not anything:
            self.quarantine.count(self.scope)
            self.quarantine.add(self.scope, Row(name, 0, {}), RowFault(EMPTY_FILE, "no rows"), " ")


def _parsed(path: Path, name: str, settings: IngestSettings) -> Iterator[Parsed]:
    kind = f".{settings.reading.format}" if settings.reading.format else format_of(path)
    if kind == ".parquet":
        yield from read_parquet(path, settings)
        return
    encoding = settings.reading.encoding or guess_encoding(path)
    with open_bytes(path) as plain:
        # The other readers want UTF-8, and little of the interface of a file.
        stream = plain if encoding == "utf-8" else cast("BinaryIO", Transcoded(plain, encoding))
        if kind in (".csv", ".tsv"):
            yield from read_csv(stream, settings, "\t" if kind == ".tsv" else ",", name)
        elif kind == ".json" and settings.reading.rows:
            yield from read_document(plain, settings, name)
        elif kind == ".json":
            yield from read_json(stream, settings)
        elif kind == ".lines":
            yield from read_lines(stream, settings)
        elif kind == ".conll":
            yield from read_conll(stream, settings)
        else:
            yield from read_jsonl(stream, settings)
