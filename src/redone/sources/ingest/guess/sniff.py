"""How a file wants to be read: what its first bytes say about delimiter, quotes, header and nesting."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import cast

import orjson

from redone.sources.ingest.encodings import Transcoded, guess_encoding
from redone.sources.ingest.files import format_of, open_bytes
from redone.sources.ingest.read_text import DOCUMENT_BYTES
from redone.sources.ingest.reading import Encoding, Reading

PROBE = 1 << 16
_DELIMITERS = {",": ".csv", "\t": ".tsv"}
TEXT_SUFFIXES = (".txt", ".conll", ".bio", ".iob", ".iob2", ".dat")
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
    with open_bytes(path) as stream:
        source = Transcoded(stream, encoding)
        head = source.read(PROBE).decode("utf-8", "replace")
    lines = [line.rstrip("\r") for line in head.split("\n")[:-1] or [head]]
    if kind not in (".csv", ".tsv"):
        return _plain_text(lines, named, remarks)
    delimiter = _delimiter(lines, "\t" if kind == ".tsv" else ",")
    told = "" if _DELIMITERS.get(delimiter) == kind else delimiter
    quote = '"' if _quotes_close(lines, delimiter) else ""
    columns = _without_header(lines, delimiter)
    remarks += [f"fields are apart by {delimiter!r}"] if told else []
    remarks += ["no header line: columns are named by number"] if columns else []
    return Reading(encoding=named, delimiter=told, quote=quote, columns=columns), remarks


def _plain_text(lines: list[str], encoding: Encoding | None, remarks: list[str]) -> tuple[Reading, list[str]]:
    filled = [line for line in lines if line.strip() and not line.startswith("# ")]
    fields = {len(line.split("\t") if "\t" in line else line.split()) for line in filled}
    if len(filled) < len(lines) and len(fields) == 1 and 2 <= min(fields) <= 14:
        return Reading(encoding=encoding, format="conll"), [*remarks, "one token per line"]
    if filled and all("\t" in line for line in filled):
        width = len(filled[0].split("\t"))
        columns = _without_header(filled, "\t")
        if all(len(line.split("\t")) == width for line in filled):
            return Reading(encoding=encoding, format="tsv", quote="", columns=columns), remarks
    return Reading(encoding=encoding, format="lines"), [*remarks, "one text per line"]


def _delimiter(lines: list[str], usual: str) -> str:
    """The character that cuts the first lines into equally many fields, the usual one if it does."""

    def fits(mark: str) -> bool:
        rows = list(csv.reader(lines[:20], delimiter=mark))
        return len(rows[0]) > 1 and sum(len(row) == len(rows[0]) for row in rows) >= 0.8 * len(rows)

    return next((mark for mark in (usual, ",", "\t", ";", "|") if lines and fits(mark)), usual)


def _quotes_close(lines: list[str], delimiter: str) -> bool:
    """Whether quotes enclose fields; where they never close, they are plain characters."""
    opened = sum(field.startswith('"') and not (len(field) > 1 and field.endswith('"'))
                 for line in lines for field in line.split(delimiter))  # fmt: skip
    return delimiter != "\t" or opened % 2 == 0


def _without_header(lines: list[str], delimiter: str) -> tuple[str, ...]:
    """Names for the columns of a table without a header: its first line has numbers, or a long text."""
    if not lines:
        return ()
    first = next(csv.reader([lines[0]], delimiter=delimiter), [])
    heads = [field.strip() for field in first]
    says = all(heads[1:]) and len(set(heads)) == len(heads) and all(len(field) <= 40 for field in heads)
    numbers = any(field.lstrip("-").replace(".", "", 1).isdigit() for field in heads)
    return () if says and not numbers else tuple(f"column_{number}" for number in range(1, len(heads) + 1))


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
    lists = {key: item for key, item in value.items() if isinstance(item, list) and item}
    if lists:
        known = [key for key in lists if key.lower() in _DATA_WORDS]
        longest: str = max(lists, key=lambda key: len(lists[key]))
        return known[0] if known else longest
    return "*" if value and all(isinstance(item, dict) for item in value.values()) else ""
