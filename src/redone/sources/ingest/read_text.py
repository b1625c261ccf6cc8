"""Plain lines, CoNLL columns, and texts in two files line by line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any, BinaryIO, cast

from redone.errors import UserError
from redone.sources.ingest.encodings import Transcoded, guess_encoding
from redone.sources.ingest.faults import INVALID_UTF8, RAGGED, TOO_LONG, RowFault
from redone.sources.ingest.files import COMPRESSED, lines, open_bytes
from redone.sources.ingest.read_json import Parsed
from redone.sources.ingest.reading import Reading
from redone.sources.ingest.settings import IngestSettings

SKIP = "-"
"""Name of a field that is not read."""


def read_lines(stream: BinaryIO, settings: IngestSettings) -> Iterator[Parsed]:
    """One row per line that is not blank, in the column ``line``."""
    for number, raw, length in lines(stream, settings.max_line_bytes):
        text = _decoded(raw, length, settings)
        if isinstance(text, RowFault):
            yield number, text, raw
        elif text.strip():
            yield number, {"line": text.rstrip("\r")}, raw


def read_conll(stream: BinaryIO, settings: IngestSettings) -> Iterator[Parsed]:
    """One row per sentence: a list per field. Fields are apart by a tab, or by any spaces where none is."""
    names = settings.reading.columns
    held: list[list[str]] = []
    fault: RowFault | None = None
    start = 0
    for number, raw, length in lines(stream, settings.max_line_bytes):
        text = _decoded(raw, length, settings)
        if isinstance(text, str):
            text = text.strip("\r")
            if not text.strip() or text.startswith("-DOCSTART-"):
                if held or fault:
                    yield start, fault or _columns(held, names), b""
                held, fault = [], None
                continue
            if text.startswith("# "):
                continue
            fields = text.split("\t") if "\t" in text else text.split()
            if held and len(fields) != len(held[0]):
                fault = RowFault(RAGGED, f"line {number}: {len(fields)} fields after {len(held[0])}")
        else:
            fault, fields = text, []
        if not held:
            start = number
        held.append(fields)
    if held:
        yield start, fault or _columns(held, names), b""


def _columns(held: list[list[str]], names: tuple[str, ...]) -> dict[str, Any] | RowFault:
    fields = [list(column) for column in zip(*held, strict=True)]
    if not names:
        if len(fields) < 2:
            return RowFault(RAGGED, "one field per line; a token and a tag are needed")
        return {"tokens": fields[0], "tags": fields[-1]}
    if len(names) != len(fields):
        return RowFault(RAGGED, f"{len(fields)} fields, reading.columns names {len(names)}")
    return {name: column for name, column in zip(names, fields, strict=True) if name != SKIP}


def _decoded(raw: bytes, length: int, settings: IngestSettings) -> str | RowFault:
    if length > settings.max_line_bytes:
        return RowFault(TOO_LONG, f"{length} bytes")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return RowFault(INVALID_UTF8, "bytes that are no text")


def read_aligned(path: Path, settings: IngestSettings, name: str) -> Iterator[Parsed]:
    """One row per line of two files that only differ in their last suffix; the columns are the suffixes.

    Raises:
        UserError: there is no other file, or one of them goes on where the other ends.

    """
    other = mate_of(path, settings.reading)
    own, mate = _language(path), _language(other)
    with open_bytes(path) as first, open_bytes(other) as second:
        pairs = zip_longest(_texts(first, path, settings), _texts(second, other, settings))
        for number, (one, two) in enumerate(pairs, start=1):
            if one is None or two is None:
                longer = other.name if one is None else path.name
                raise UserError(
                    f"file '{name}': '{longer}' goes on after line {number - 1}, where the other file ends; they do "
                    "not belong together line by line"
                )
            fault = next((side for side in (one, two) if isinstance(side, RowFault)), None)
            yield number, fault or {own: one, mate: two}, b""


def mate_of(path: Path, reading: Reading) -> Path:
    """The file beside an aligned one: the other language's.

    Raises:
        UserError: the columns do not name this file's language, or there is no such file.

    """
    own, names = _language(path), reading.columns
    if len(names) != 2 or own not in names:
        raise UserError(
            f"file '{path.name}': format aligned wants reading.columns with two suffixes, one of them '{own}'; "
            f"it has {list(names)}"
        )
    mate = names[0] if own == names[1] else names[1]
    other = path.with_name(path.name.removesuffix(_ending(path)) + _ending(path).replace(own, mate, 1))
    if not other.is_file():
        raise UserError(f"file '{path.name}': there is no '{other.name}' beside it; see reading.columns")
    return other


def _ending(path: Path) -> str:
    """The suffix that tells the language, with that of a compressed file."""
    zipped = path.suffix if path.suffix.lower() in COMPRESSED else ""
    return Path(path.name.removesuffix(zipped)).suffix + zipped


def _language(path: Path) -> str:
    return _ending(path).split(".")[1] if _ending(path) else ""


def _texts(stream: BinaryIO, path: Path, settings: IngestSettings) -> Iterator[str | RowFault]:
    encoding = settings.reading.encoding or guess_encoding(path)
    plain = stream if encoding == "utf-8" else cast("BinaryIO", Transcoded(stream, encoding))
    for _, raw, length in lines(plain, settings.max_line_bytes):
        text = _decoded(raw, length, settings)
        yield text if isinstance(text, RowFault) else text.strip()
