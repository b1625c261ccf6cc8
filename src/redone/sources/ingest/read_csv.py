"""CSV and TSV as dumps hold them: quoted line ends are kept, and a quote that is never closed costs one line."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import BinaryIO

from redone.errors import UserError
from redone.sources.ingest.faults import INVALID_UTF8, RAGGED, TOO_LONG, UNCLOSED, RowFault
from redone.sources.ingest.files import lines
from redone.sources.ingest.read_json import Parsed

Line = tuple[int, str]
_OPEN = "unexpected end of data"
_GOES_ON = 'reading goes on with the next line; where quotes are plain characters, say quote: ""'
SEPARATOR_LINE = re.compile(r"sep=(.)")
"""First line that spreadsheets write above a table, to say what its fields are apart by."""
csv.field_size_limit(
    1 << 27
)  # ``Table.max_bytes`` is the limit; the module's own, of 128 KiB, tells nobody which row


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What cuts a table into fields, and how much one record may take.

    ``delimiter`` of several characters is looked for as it stands; quotes are then plain characters. Without
    ``header`` the first line that is not blank names the columns.
    """

    delimiter: str = ","
    quote: str = '"'
    header: tuple[str, ...] = ()
    max_bytes: int = 1 << 20
    max_lines: int = 200


def read_csv(stream: BinaryIO, form: Table, name: str) -> Iterator[Parsed]:
    """Rows below a header, every value a text; the line is where a record begins.

    A record is read line by line until its quotes close. When they do not within ``max_lines`` lines or
    ``max_bytes`` characters, the first line is the fault, and reading goes on with the line after it. A first
    line ``sep=;``, as spreadsheets write it, is obeyed.

    Raises:
        UserError: the header has an empty or repeated column name.

    """
    source: Iterator[Line] = (
        (number, raw.decode("utf-8", "surrogateescape").removesuffix("\r"))
        for number, raw, _ in lines(stream, form.max_bytes + 1)
    )
    first = next(source, None)
    if first and (told := SEPARATOR_LINE.fullmatch(first[1])):
        form = replace(form, delimiter=told[1])
    elif first:
        source = chain([first], source)
    header = list(form.header)
    for number, text, fields in _Records(source, form, len(header)):
        if fields is None:
            fault = RowFault(UNCLOSED, _GOES_ON)
            yield number, fault, text.encode("utf-8", "replace")
        elif header:
            raw = form.delimiter.join(fields).encode("utf-8", "replace")
            yield number, _row(header, fields, form.max_bytes), raw
        else:
            header = _header(fields, name)


class _Records:
    """Lines put together to records: (line number, first line, fields or None where a quote stays open)."""

    def __init__(self, source: Iterator[Line], form: Table, width: int) -> None:
        self.source = source
        self.form = form
        self.width = width
        self.waiting: deque[Line] = deque()

    def __iter__(self) -> Iterator[tuple[int, str, list[str] | None]]:
        while (first := self._next()) is not None:
            number, text = first
            if not text.strip():
                continue
            fields = _fields(text, self.form)
            if fields is None:
                fields = self._continued(text)
            self.width = self.width or len(fields or ())
            yield number, text, fields

    def _next(self) -> Line | None:
        return self.waiting.popleft() if self.waiting else next(self.source, None)

    def _continued(self, text: str) -> list[str] | None:
        """The fields of a record that goes on over several lines; those that it did not take wait again."""
        taken: list[Line] = []
        size = len(text)
        while len(taken) < self.form.max_lines and size <= self.form.max_bytes:
            more = self._next()
            if more is None:
                break
            taken.append(more)
            size += len(more[1]) + 1
            if self.form.quote not in more[1]:
                continue
            fields = _fields("\n".join(chain([text], (line for _, line in taken))), self.form)
            if fields is None:
                continue
            if fields and (not self.width or len(fields) == self.width):
                return fields
            break  # A quote that "closes" inside another record was opened by mistake.
        self.waiting.extendleft(reversed(taken))
        return None


def _fields(text: str, form: Table) -> list[str] | None:
    """The fields of a record; None while a quote is open, no fields where several lines do not make a record."""
    delimiter, quote = form.delimiter, form.quote
    if not quote or len(delimiter) > 1 or quote not in text:
        return text.split(delimiter)
    try:
        return next(csv.reader([text], delimiter=delimiter, quotechar=quote, strict=True))
    except csv.Error as error:
        if _OPEN in str(error):
            return None
    if "\n" in text:
        return []
    # A quote inside a field that is not quoted as a whole is text to the lenient reader.
    try:
        return next(csv.reader([text], delimiter=delimiter, quotechar=quote))
    except csv.Error:
        return [text]


def _header(fields: list[str], name: str) -> list[str]:
    header = [field.strip() for field in fields]
    if header[0] == "" and "index" not in header:
        header[0] = "index"  # tables written with their index have a first column without a name
    if "" in header or len(set(header)) < len(header):
        raise UserError(
            f"file '{name}', header {header}: a column name is empty or repeated. Name every column once, or list "
            "names under reading.columns and leave the first line out"
        )
    return header


def _row(header: list[str], fields: list[str], limit: int) -> dict[str, str] | RowFault:
    if len(fields) != len(header):
        return RowFault(RAGGED, f"{len(fields)} fields under {len(header)} columns")
    row = dict(zip(header, fields, strict=True))
    for column, field in row.items():
        if len(field) > limit:
            return RowFault(TOO_LONG, f"column '{column}', {len(field)} characters")
        if any("\udc80" <= char <= "\udcff" for char in field):
            return RowFault(INVALID_UTF8, f"column '{column}'")
    return row
