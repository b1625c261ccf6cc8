"""Which shards there are: byte ranges of JSON lines, row ranges of Parquet, and spooled pieces of the rest.

A compressed file or a CSV cannot be entered in its middle. It is streamed once, in bounded memory, into Parquet
pieces below the work folder, and its faults are noted there and then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from redone.corpus.reading.faults import Fault
from redone.corpus.reading.rows import RowReader, careful
from redone.corpus.settings.reading import ReadingSettings, SourceMapping
from redone.errors import UserError
from redone.sources.ingest.encodings import guess_encoding
from redone.sources.ingest.faults import EMPTY_FILE, OTHER_ENCODING, UNSUPPORTED
from redone.sources.ingest.files import COMPRESSED, find_files, format_of
from redone.sources.ingest.quarantine import Quarantine
from redone.sources.ingest.readers import parsed_rows

Form = Literal["jsonl", "parquet", "spool"]
_BLOCK = 1 << 22


@dataclass(frozen=True, slots=True)
class Shard:
    """A piece of a source: bytes ``start`` to ``stop`` of JSON lines, or rows of a Parquet file.

    ``source`` is the position of its mapping; ``first_line`` the number of its first line in the file.
    """

    number: int
    source: int
    file: str
    path: str
    form: Form
    start: int
    stop: int
    first_line: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """All shards in order, and what was found on the way: faults, and rows read per source while spooling."""

    shards: tuple[Shard, ...]
    faults: tuple[Fault, ...]
    spooled_rows: Mapping[str, int]


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """Return the plan as JSON can hold it."""
    return asdict(plan)


def plan_from_json(row: Mapping[str, Any]) -> Plan:
    """Return the plan of ``plan_to_json``."""
    return Plan(
        tuple(Shard(**shard) for shard in row["shards"]),
        tuple(Fault(**fault) for fault in row["faults"]),
        dict(row["spooled_rows"]),
    )


def plan_shards(sources: Sequence[SourceMapping], root: Path, work: Path, settings: ReadingSettings) -> Plan:
    """Cut all files of all sources into shards; ``work`` takes the spooled pieces.

    Raises:
        UserError: a path leaves the root or names no readable file, a file is damaged, or two sources have
            one name.

    """
    names = [mapping.source for mapping in sources]
    if twice := [name for name in names if names.count(name) > 1]:
        raise UserError(f"source '{twice[0]}' is named twice. Give every source its own name")
    maker = _Maker(root, work, settings)
    for at, mapping in enumerate(sources):
        seen: set[Path] = set()
        for pattern in mapping.files:
            where, named = f"source '{mapping.source}'", mapping.format is not None
            found = find_files(root, pattern, Quarantine(None), where, any_name=named)
            maker.unsupported(pattern, mapping)
            for path in found:
                if path not in seen:
                    seen.add(path)
                    maker.add(path, at, mapping)
    return Plan(tuple(maker.shards), tuple(maker.faults), maker.rows)


class _Maker:
    def __init__(self, root: Path, work: Path, settings: ReadingSettings) -> None:
        self.root, self.work, self.settings = root, work, settings
        self.shards: list[Shard] = []
        self.faults: list[Fault] = []
        self.rows: dict[str, int] = {}

    def unsupported(self, pattern: str, mapping: SourceMapping) -> None:
        """Notes the files of a folder that are of another kind."""
        folder = self.root / pattern
        for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
            if path.is_file() and not format_of(path) and mapping.format is None:
                self.faults.append(Fault(mapping.source, self._name(path), 0, UNSUPPORTED, path.suffix))

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def _put(self, path: Path, source: int, file: str, form: Form, span: tuple[int, int, int]) -> None:
        self.shards.append(Shard(len(self.shards), source, file, str(path), form, *span))

    def add(self, path: Path, at: int, mapping: SourceMapping) -> None:
        """Adds the shards of one file."""
        form, name = mapping.reading, self._name(path)
        kind = f".{form.format}" if form.format else format_of(path)
        if path.stat().st_size == 0:
            self.faults.append(Fault(mapping.source, name, 0, EMPTY_FILE, "no bytes"))
            return
        if kind == ".parquet":
            self._row_ranges(path, at)
            return
        encoding = form.encoding or guess_encoding(path)
        if encoding != "utf-8" and not form.encoding:
            self.faults.append(Fault(mapping.source, name, 0, OTHER_ENCODING, encoding))
        plain = path.suffix.lower() not in COMPRESSED and encoding == "utf-8"
        if kind in (".jsonl", ".ndjson") and plain:
            for span in byte_ranges(path, self.settings.shard_bytes):
                self._put(path, at, name, "jsonl", span)
        else:
            self._spool(path, at, mapping)

    def _row_ranges(self, path: Path, at: int) -> None:
        try:
            total = pq.read_metadata(path).num_rows
        except (pa.ArrowException, OSError) as error:
            raise UserError(
                f"file '{path}': no whole Parquet file ({error}). Copy or write it again"
            ) from error
        step = self.settings.shard_rows
        for start in range(0, total, step):
            self._put(path, at, self._name(path), "parquet", (start, min(total, start + step), start + 1))

    def _spool(self, path: Path, at: int, mapping: SourceMapping) -> None:
        name = self._name(path)
        reader = RowReader(mapping, name, self.settings.max_line_bytes)
        folder = self.work / "spool"
        folder.mkdir(parents=True, exist_ok=True)
        rows = parsed_rows(path, name, careful(mapping, self.settings))
        for table in reader.tables(rows, self.settings.shard_rows):
            piece = folder / f"{len(self.shards):06d}.parquet"
            unfinished = piece.with_suffix(".part")
            table.write_parquet(unfinished, compression="lz4")
            unfinished.replace(piece)
            self._put(piece, at, name, "spool", (0, len(table), 1))
        self.faults += reader.faults
        if not reader.rows:
            self.faults.append(Fault(mapping.source, name, 0, EMPTY_FILE, "no rows"))
        # Rows that made it into a piece are counted again when the piece is read.
        self.rows[mapping.source] = self.rows.get(mapping.source, 0) + len(reader.faults)


def byte_ranges(path: Path, size: int) -> Iterator[tuple[int, int, int]]:
    """(start, stop, first line number) of pieces of about ``size`` bytes that end with a line."""
    total = path.stat().st_size
    with path.open("rb") as stream:
        start, line = 0, 1
        while start < total:
            stream.seek(min(start + size, total))
            if stream.tell() < total:
                stream.readline()
            stop = stream.tell()
            yield start, stop, line
            if stop < total:
                line += _newlines(stream, start, stop)
            start = stop


def _newlines(stream: BinaryIO, start: int, stop: int) -> int:
    stream.seek(start)
    found = 0
    while (left := stop - stream.tell()) > 0:
        found += stream.read(min(_BLOCK, left)).count(b"\n")
    return found
