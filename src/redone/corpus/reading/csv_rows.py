"""CSV and TSV as dumps hold them: quoted line ends are kept, and a quote that is never closed costs one line."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import chain

from redone.corpus.reading.faults import UNCLOSED
from redone.corpus.settings.reading import ReadingSettings
from redone.errors import UserError
from redone.sources.ingest.faults import INVALID_UTF8, RAGGED, TOO_LONG, RowFault
from redone.sources.ingest.read_json import Parsed

Line = tuple[int, str]
_OPEN = "unexpected end of data"


def csv_rows(
    lines: Iterator[Line], delimiter: str, quote: str, settings: ReadingSettings, name: str
) -> Iterator[Parsed]:
    """Rows below a header; the line is where a record begins. Lines come without their ends.

    A record is read line by line until its quotes close. When they do not within ``max_record_lines`` lines or
    ``max_line_bytes`` characters, the first line is the fault, and reading goes on with the line after it.

    Raises:
        UserError: the header has an empty or repeated column name.

    """
    header: list[str] = []
    waiting: list[Line] = []
    source = iter(lines)
    while True:
        first = waiting.pop(0) if waiting else next(source, None)
        if first is None:
            return
        number, text = first
        if not text.strip():
            continue
        taken: list[Line] = []
        fields = _fields(text, delimiter, quote)
        size = len(text)
        while fields is None and len(taken) < settings.max_record_lines and size <= settings.max_line_bytes:
            more = waiting.pop(0) if waiting else next(source, None)
            if more is None:
                break
            taken.append(more)
            size += len(more[1]) + 1
            if quote in more[1]:
                whole = "\n".join(chain([text], (line for _, line in taken)))
                fields = _fields(whole, delimiter, quote)
                if fields is not None and (not fields or (header and len(fields) != len(header))):
                    # A quote that "closes" inside another record was opened by mistake.
                    fields = None
                    break
        if fields is None:
            waiting = taken + waiting
            yield (
                number,
                RowFault(UNCLOSED, "reading goes on with the next line"),
                text.encode("utf-8", "replace"),
            )
        elif not header:
            header = _header(fields, name)
        else:
            yield number, _row(header, fields, settings), delimiter.join(fields).encode("utf-8", "replace")


def _fields(text: str, delimiter: str, quote: str) -> list[str] | None:
    """The fields of a record; None while a quote is open, no fields where several lines do not make a record."""
    if not quote or quote not in text:
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
    if "" in header[1:] or len(set(header)) < len(header):
        raise UserError(
            f"file '{name}', header {header}: a column name is empty or repeated. Name every column once"
        )
    # Tables written with their index have a first column without a name.
    return header


def _row(header: list[str], fields: list[str], settings: ReadingSettings) -> dict[str, str] | RowFault:
    if len(fields) != len(header):
        return RowFault(RAGGED, f"{len(fields)} fields under {len(header)} columns")
    row = dict(zip(header, fields, strict=True))
    for column, field in row.items():
        if len(field) > settings.max_line_bytes:
            return RowFault(TOO_LONG, f"column '{column}', {len(field)} characters")
        if any("\udc80" <= char <= "\udcff" for char in field):
            return RowFault(INVALID_UTF8, f"column '{column}'")
    return row
