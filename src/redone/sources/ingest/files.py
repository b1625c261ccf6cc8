"""Finds the user's files below the data root and opens them, compressed or not."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

import pyarrow as pa

from redone.errors import UserError
from redone.sources.ingest.faults import UNSUPPORTED, Row, RowFault
from redone.sources.ingest.quarantine import Quarantine

FORMATS = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")
COMPRESSED = (".gz", ".zst")
_POINTER = b"version https://git-lfs"
BOM = b"\xef\xbb\xbf"


def format_of(path: Path) -> str:
    """The format's suffix (``.jsonl``) below an optional ``.gz`` or ``.zst``; empty when it is not read."""
    suffixes = [s.lower() for s in path.suffixes]
    if suffixes and suffixes[-1] in COMPRESSED:
        suffixes.pop()
        if suffixes and suffixes[-1] == ".parquet":
            return ""
    return suffixes[-1] if suffixes and suffixes[-1] in FORMATS else ""


def find_files(
    root: Path, pattern: str, quarantine: Quarantine, key: str, *, any_name: bool = False
) -> list[Path]:
    """The files that a mapping's path means: a file, a folder (all files below it) or a ``*`` pattern.

    Files of a folder whose format is not read are written to the quarantine as a remark; with ``any_name`` the
    format is known otherwise and names do not matter.

    Raises:
        UserError: an absolute path, ``..``, a link that leads out of the root, or nothing found.

    """
    where = f"{key}: '{pattern}'"
    if PurePosixPath(pattern).is_absolute() or ".." in PurePosixPath(pattern).parts:
        raise UserError(
            f"{where}: paths are relative to the data root and stay inside it. Remove the leading '/' or '..'"
        )
    if not root.is_dir():
        raise UserError(f"data root '{root}' is not a folder. Set root to the folder that holds your dumps")
    whole = root / pattern
    if "*" in pattern:
        found = sorted(p for p in root.glob(pattern) if p.is_file())
    elif whole.is_dir():
        found = sorted(p for p in whole.rglob("*") if p.is_file())
    else:
        found = [whole] if whole.is_file() else []
    _stay_inside(root, found, where)
    usable = [p for p in found if any_name or format_of(p)]
    for path in found:
        if path not in usable:
            row = Row(path.relative_to(root).as_posix(), 0, {})
            quarantine.add(key, row, RowFault(UNSUPPORTED, "".join(path.suffixes[-2:]) or "no suffix"), " ")
    if not usable:
        known = ", ".join(FORMATS)
        raise UserError(
            f"{where}: no readable file below '{root}'. Check the path; formats: {known}, also .gz and .zst; "
            "another name needs reading.format"
        )
    return usable


def _stay_inside(root: Path, paths: list[Path], where: str) -> None:
    home = root.resolve()
    for path in paths:
        if not path.resolve().is_relative_to(home):
            raise UserError(
                f"{where}: '{path.name}' is a link out of the data root. Copy the file into the root"
            )


@contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """The decompressed bytes of a file.

    Raises:
        UserError: the file cannot be opened, or its compressed data end early or are damaged.

    """
    suffix = path.suffix.lower()
    try:
        if suffix == ".gz":
            with gzip.open(path, "rb") as zipped:
                yield cast("BinaryIO", zipped)
        elif suffix == ".zst":
            with pa.input_stream(str(path), compression="zstd") as stream:
                yield cast("BinaryIO", stream)
        else:
            with path.open("rb") as plain:
                yield plain
    except (EOFError, gzip.BadGzipFile, zlib.error, pa.ArrowException, OSError) as error:
        raise UserError(
            f"file '{path}': cannot be read to its end ({error}). It may be half-written; copy it again"
        ) from error


def refuse_pointer(path: Path) -> None:
    """Nothing, if the file is no stand-in that Git LFS leaves where the data were not fetched.

    Raises:
        UserError: it is one.

    """
    with path.open("rb") as stream:
        if stream.read(len(_POINTER)) == _POINTER:
            raise UserError(
                f"file '{path}': is a pointer of Git LFS, not the data. Fetch them (git lfs pull)"
            )


def pieces(stream: BinaryIO, size: int = 1 << 18) -> Iterator[bytes]:
    """The stream in blocks of at most ``size`` bytes, a leading byte order mark removed."""
    first = True
    while block := stream.read(size):
        if first and block.startswith(BOM):
            block = block[len(BOM) :]
        first = False
        if block:
            yield bytes(block)


def lines(stream: BinaryIO, limit: int) -> Iterator[tuple[int, bytes, int]]:
    r"""``(line number from 1, first ``limit`` bytes, whole length)`` of each line, ended by ``\n``.

    Where the first block has none but ``\r``, as old spreadsheets write, lines end with that. A line of any length
    costs no more memory than ``limit`` plus one block.
    """
    number, kept, length = 1, b"", 0
    end = b""
    for block in pieces(stream):
        end = end or (b"\r" if b"\r" in block and b"\n" not in block else b"\n")
        *ended, rest = block.split(end)
        for part in ended:
            yield number, kept + part[: limit - len(kept)], length + len(part)
            number, kept, length = number + 1, b"", 0
        kept, length = kept + rest[: limit - len(kept)], length + len(rest)
    if length:
        yield number, kept, length
