"""Training files of any kind and size as pieces of text in which a benchmark item would stand whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

import pyarrow as pa
import pyarrow.parquet as pq

from redone.bench.guard.index import strings
from redone.bench.reading import json_value
from redone.errors import UserError
from redone.sources.ingest.encodings import Transcoded, guess_encoding
from redone.sources.ingest.files import COMPRESSED, open_bytes, pieces

_BATCH = 1024
_WINDOW = 1 << 15
"""Characters of running text that are searched together; half of them again with what follows. The longest
benchmark texts have a third of that."""
_LONGEST = 1 << 22
"""Bytes of one line that are searched at once."""
_PROBE = 1 << 16
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


@dataclass(frozen=True, slots=True)
class Piece:
    """Numbered lines or rows that are searched together; ``fresh`` of them were in no piece before."""

    unit: Literal["line", "row"]
    parts: Sequence[tuple[int, str]]
    fresh: int = 1

    @property
    def text(self) -> str:
        """All parts, a line each."""
        return "\n".join(part for _, part in self.parts)

    @property
    def place(self) -> str:
        """Where it stands in its file."""
        first, last = self.parts[0][0], self.parts[-1][0]
        return f"{self.unit} {first}" if first == last else f"{self.unit}s {first} to {last}"


def read_pieces(path: Path) -> Iterator[Piece]:
    """The pieces of a file: rows of JSON lines, JSON and Parquet, overlapping windows of any other text.

    Encodings and ``.gz`` and ``.zst`` are read as everywhere. A row that is no JSON could hide an item just as
    well: it is searched as text.

    Raises:
        UserError: no such file, a damaged one, one that is no text, or a ``.json`` that is not JSON.

    """
    if path.is_dir():
        raise UserError(f"{path}: is a folder; name its files, for example {path}/*.jsonl")
    if not path.is_file():
        raise UserError(f"{path}: cannot be read (no such file)")
    kind = next((s for s in reversed(path.suffixes) if s.lower() not in COMPRESSED), "").lower()
    if kind == ".parquet":
        yield from _parquet(path)
    elif kind == ".json":
        yield from _document(path)
    elif kind in (".jsonl", ".ndjson"):
        yield from (Piece("line", [(number, _row_text(raw))]) for number, raw in _lines(path))
    else:
        _refuse_binary(path)
        yield from _windows(
            (number, _unescaped(raw.decode("utf-8", "replace"))) for number, raw in _lines(path)
        )


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines that say something, as UTF-8; one of more than ``_LONGEST`` bytes comes in overlapping parts."""
    number, left = 1, b""
    for block in _blocks(path):
        *ended, left = (left + block).split(b"\n")
        for raw in ended:
            if raw.strip():
                yield number, raw
            number += 1
        if len(left) > _LONGEST:
            yield number, left
            left = left[-_WINDOW:]
    if left.strip():
        yield number, left


def _blocks(path: Path) -> Iterator[bytes]:
    encoding = guess_encoding(path)
    with open_bytes(path) as plain:
        stream = plain if encoding == "utf-8" else cast("BinaryIO", Transcoded(plain, encoding))
        yield from pieces(stream)


def _row_text(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace")
    try:
        return _unescaped("\n".join(strings(json.loads(text))))
    except (ValueError, RecursionError):
        return _unescaped(text)


def _unescaped(text: str) -> str:
    """With JSON's escapes as characters: of a damaged row, or of JSON inside a text."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "\\u" in text else text


def _windows(lines: Iterator[tuple[int, str]]) -> Iterator[Piece]:
    held: list[tuple[int, str]] = []
    size = fresh = 0
    for part in lines:
        held.append(part)
        size, fresh = size + len(part[1]), fresh + 1
        if size >= _WINDOW:
            yield Piece("line", held, fresh)
            keep, size = len(held), 0
            while keep and size + len(held[keep - 1][1]) <= _WINDOW // 2:
                keep -= 1
                size += len(held[keep][1])
            held, fresh = held[keep:], 0
    if fresh:
        yield Piece("line", held, fresh)


def _refuse_binary(path: Path) -> None:
    with open_bytes(path) as stream:
        head = stream.read(_PROBE)
    if b"\x00" in head and not guess_encoding(path).startswith("utf-16"):
        raise UserError(
            f"{path}: is no text; give JSON lines, JSON, Parquet, tables or text (also .gz, .zst)"
        )


def _document(path: Path) -> Iterator[Piece]:
    text = b"".join(_blocks(path)).decode("utf-8", "replace")
    try:
        value = json_value(text, path)
    except UserError:
        rows = [line for line in text.splitlines() if line.strip()]
        if len(rows) < 2 or not _is_json(rows[0]):
            raise
        value = [
            _row_text(line.encode("utf-8", "surrogatepass")) for line in rows
        ]  # JSON lines, so named by many
    for number, row in enumerate(value if isinstance(value, list) else [value]):
        yield Piece("row", [(number, _unescaped("\n".join(strings(row))))])


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _parquet(path: Path) -> Iterator[Piece]:
    number = 0
    try:
        file = pq.ParquetFile(path)
        # Numbers and times hold no text, and some of them Python has no value for.
        names = [field.name for field in file.schema_arrow if _may_hold_text(field.type)]
        for batch in file.iter_batches(batch_size=_BATCH, columns=names):
            for row in _values(batch):
                yield Piece("row", [(number, _unescaped("\n".join(strings(row))))])
                number += 1
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read as Parquet ({error})") from error


def _may_hold_text(kind: pa.DataType) -> bool:
    return not (pa.types.is_primitive(kind) or pa.types.is_null(kind))


def _values(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """Rows with texts as bytes: Arrow does not check them, and one damaged text is no reason to look at none."""
    columns = [c.cast(pa.binary()) if pa.types.is_string(c.type) else c for c in batch.columns]
    return list(pa.RecordBatch.from_arrays(columns, names=batch.schema.names).to_pylist())
