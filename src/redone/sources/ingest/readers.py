"""Any supported file as a stream of clean rows; what cannot be used goes to the quarantine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from redone.sources.ingest.encodings import Transcoded, guess_encoding
from redone.sources.ingest.faults import DUPLICATE, EMPTY_FILE, OTHER_ENCODING, Row, RowFault
from redone.sources.ingest.files import find_files, format_of, open_bytes, refuse_pointer
from redone.sources.ingest.quarantine import Quarantine
from redone.sources.ingest.read_csv import Table, read_csv
from redone.sources.ingest.read_document import read_document
from redone.sources.ingest.read_json import Parsed, read_json, read_jsonl
from redone.sources.ingest.read_parquet import read_parquet
from redone.sources.ingest.read_text import read_aligned, read_conll, read_lines
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
        self._remark_encoding(path, name)
        for line, values, raw in parsed_rows(path, name, self.settings):
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

    def _remark_encoding(self, path: Path, name: str) -> None:
        """Note where a file is not read as UTF-8 although nobody said so."""
        form = self.settings.reading
        if form.encoding or form.format == "parquet" or format_of(path) == ".parquet":
            return
        if (encoding := guess_encoding(path)) not in ("utf-8", "utf-16"):
            fault = RowFault(OTHER_ENCODING, f"{encoding}; reading.encoding names another")
            self.quarantine.add(self.scope, Row(name, 0, {}), fault, " ")


def parsed_rows(path: Path, name: str, settings: IngestSettings) -> Iterator[Parsed]:
    """The rows of any file as they stand, each with its line and raw bytes, or with what is wrong with it.

    Raises:
        UserError: the file is damaged, or not of the form that the settings name.

    """
    given = settings.reading
    kind = f".{given.format}" if given.format else format_of(path)
    refuse_pointer(path)
    if kind == ".parquet":
        yield from read_parquet(path, settings)
    elif kind == ".aligned":
        yield from read_aligned(path, settings, name)
    else:
        encoding = given.encoding or guess_encoding(path)
        with open_bytes(path) as plain:
            # The other readers want UTF-8, and little of the interface of a file.
            stream = plain if encoding == "utf-8" else cast("BinaryIO", Transcoded(plain, encoding))
            yield from _text_rows(stream, kind, name, settings)


def _text_rows(stream: BinaryIO, kind: str, name: str, settings: IngestSettings) -> Iterator[Parsed]:
    given = settings.reading
    if kind in (".csv", ".tsv"):
        form = Table(
            delimiter=given.delimiter or ("\t" if kind == ".tsv" else ","),
            quote=given.quote,
            header=given.columns,
            max_bytes=settings.max_line_bytes,
            max_lines=settings.max_record_lines,
        )
        return read_csv(stream, form, name)
    if kind == ".json":
        return read_document(stream, settings, name) if given.rows else read_json(stream, settings, name)
    read = {".lines": read_lines, ".conll": read_conll}.get(kind, read_jsonl)
    return read(stream, settings)
