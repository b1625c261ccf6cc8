"""How a file wants to be read: what its first bytes say about delimiter, quotes, header and nesting."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import orjson

from redone.sources.ingest.encodings import Transcoded, guess_encoding
from redone.sources.ingest.files import format_of, open_bytes
from redone.sources.ingest.read_csv import SEPARATOR_LINE
from redone.sources.ingest.read_document import DOCUMENT_BYTES, is_by_column
from redone.sources.ingest.reading import Encoding, Reading

PROBE = 1 << 16
_COMPARED = 20
"""Lines that the first one is compared with."""
_DELIMITERS = {",": ".csv", "\t": ".tsv"}
TEXT_SUFFIXES = (".txt", ".conll", ".bio", ".bmes", ".iob", ".iob2", ".dat", ".data", ".tab")
"""Suffixes that say little; such files are tried, not trusted."""
_DATA_WORDS = ("data", "rows", "items", "records", "examples", "results", "list")


def sniff(path: Path) -> tuple[Reading, list[str]]:
    """The reading of a file, and what was decided, as remarks."""
    encoding = guess_encoding(path)
    remarks = [] if encoding == "utf-8" else [f"read as {encoding}"]
    kind = format_of(path)
    if kind == ".parquet":
        return Reading(), []
    # UTF-8 need not be named: it is what is expected.
    named = None if encoding == "utf-8" else cast("Encoding", encoding)
    if kind in (".jsonl", ".ndjson"):
        return Reading(encoding=named), remarks
    if kind == ".json":
        place = _document(path)
        return Reading(encoding=named, rows=place), [*remarks, *([f"rows at {place}"] if place else [])]
    lines = _first_lines(path, encoding)
    if kind not in (".csv", ".tsv"):
        return _plain_text(lines, named, remarks)
    if named_apart := SEPARATOR_LINE.fullmatch(lines[0]):
        lines = lines[1:]
    delimiter = named_apart[1] if named_apart else _delimiter(lines, "\t" if kind == ".tsv" else ",")
    told = "" if _DELIMITERS.get(delimiter) == kind else delimiter
    quote = '"' if _quotes_close(lines, delimiter) else ""
    columns = without_header(lines, delimiter, quote)
    remarks += [f"fields are apart by {delimiter!r}"] if told else []
    remarks += ["no header line: columns are named by number"] if columns else []
    return Reading(encoding=named, delimiter=told, quote=quote, columns=columns), remarks


def _first_lines(path: Path, encoding: str) -> list[str]:
    """The whole lines at the beginning of a file that can be read that far."""
    with open_bytes(path) as stream:
        head = Transcoded(stream, encoding).read(PROBE).decode("utf-8", "replace")
    head = head.removeprefix("\ufeff")
    if "\n" not in head:
        head = head.replace("\r", "\n")
    return [line.rstrip("\r") for line in head.split("\n")[:-1] or [head]]


def _plain_text(lines: list[str], encoding: Encoding | None, remarks: list[str]) -> tuple[Reading, list[str]]:
    filled = [line for line in lines if line.strip() and not line.startswith("# ")]
    fields = {len(line.split("\t") if "\t" in line else line.split()) for line in filled}
    if len(filled) < len(lines) and len(fields) == 1 and 2 <= min(fields) <= 14:
        return Reading(encoding=encoding, format="conll"), [*remarks, "one token per line"]
    for mark in ("\t", "::", "|", " "):
        width = len(filled[0].split(mark)) if filled else 0
        if width < 2 or any(len(line.split(mark)) != width for line in filled):
            continue
        if mark == " " and not all(any(c.isdigit() for c in line) for line in filled):
            continue  # words of a language, not fields
        columns = without_header(filled, mark, "")
        said = [] if mark == "\t" else [f"fields are apart by {mark!r}"]
        said += ["no header line: columns are named by number"] if columns else []
        form = {"format": "tsv", "delimiter": "" if mark == "\t" else mark, "quote": ""}
        return Reading.model_validate({**form, "encoding": encoding, "columns": columns}), [*remarks, *said]
    return Reading(encoding=encoding, format="lines"), [*remarks, "one text per line"]


def _delimiter(lines: list[str], usual: str) -> str:
    """The character that cuts the first lines into equally many fields, the usual one if it does."""

    def fits(mark: str) -> bool:
        try:
            rows = list(csv.reader(lines[:_COMPARED], delimiter=mark))
        except csv.Error:
            return False  # a line end that no line has, in a file that is no table or in another encoding
        return len(rows[0]) > 1 and sum(len(row) == len(rows[0]) for row in rows) >= 0.8 * len(rows)

    return next((mark for mark in (usual, ",", "\t", ";", "|") if lines and fits(mark)), usual)


def _quotes_close(lines: list[str], delimiter: str) -> bool:
    """Whether quotes enclose fields; where those of a tab-separated table rarely do, they are plain characters."""
    if delimiter != "\t":
        return True
    opened = [field for line in lines for field in line.split(delimiter) if field.startswith('"')]
    return sum(len(field) > 1 and field.endswith('"') for field in opened) > 0.5 * len(opened) or not opened


def without_header(lines: list[str], delimiter: str, quote: str = '"') -> tuple[str, ...]:
    """Names for the columns of a table without a header: its first line looks like those below it."""
    rows = [_cut(line, delimiter, quote) for line in lines[:_COMPARED] if line.strip()]
    if not rows:
        return ()
    heads = [field.strip() for field in rows[0]]
    # A name that stands there twice is a fault of the header, which reading names; it is still a header.
    says = all(heads[1:]) and all(len(field) <= 40 for field in heads)
    numbers = any(map(_is_number, heads))
    below = [row for row in rows[1:] if len(row) == len(heads)]
    if (
        not numbers
        and len(below) > 2
        and any(all(map(_is_number, cells)) for cells in zip(*below, strict=True))
    ):
        return ()  # a word above numbers names them
    alike = any(
        _shape(head) and all(_shape(row[at].strip()) == _shape(head) for row in below)
        for at, head in enumerate(heads)
    )
    if says and not numbers and not (alike and len(below) > 2):
        return ()
    return tuple(f"column_{number}" for number in range(1, len(heads) + 1))


def _is_number(field: str) -> bool:
    return field.strip().lstrip("-").replace(".", "", 1).isdigit()


def _cut(line: str, delimiter: str, quote: str) -> list[str]:
    if not quote or len(delimiter) > 1:
        return line.split(delimiter)
    return next(csv.reader([line], delimiter=delimiter, quotechar=quote), [])


def _shape(field: str) -> str:
    """The form of a code: ``d17`` and ``d4`` are ``a9``; empty for words, which all look alike."""
    if not any(c.isdigit() for c in field) or len(field) > 40:
        return ""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", field))


def _document(path: Path) -> str:
    """Where the rows are in a JSON file that is no array of objects; empty: it is one."""
    if path.stat().st_size > DOCUMENT_BYTES:
        return ""
    with open_bytes(path) as stream:
        raw = stream.read(DOCUMENT_BYTES)
    if raw.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] != b"{":
        return ""
    try:
        value = orjson.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return ""  # one object behind another: the array reader takes them
    if is_by_column(value):
        return "*"
    found = dict(_lists(value, "", 3))
    if found:
        known = [place for place in found if place.rsplit(".", 1)[-1].lower() in _DATA_WORDS]
        return max(known or found, key=lambda place: found[place])
    return "*" if len(value) > 1 and all(isinstance(item, dict) for item in value.values()) else ""


def _lists(value: dict[str, Any], above: str, depth: int) -> Iterator[tuple[str, int]]:
    """Places of lists inside nested objects, with their lengths."""
    for key, item in value.items():
        if isinstance(item, list) and item and isinstance(item[0], dict | list):
            yield f"{above}{key}", len(item)
        elif isinstance(item, dict) and depth > 1 and "." not in key:
            yield from _lists(item, f"{above}{key}.", depth - 1)
