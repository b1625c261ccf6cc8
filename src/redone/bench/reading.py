"""Benchmark files as upstream lays them out: JSON, JSON lines and CSV, plain, gzipped or inside a tar."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from redone.bench.sets import Item, Load, Loaded
from redone.errors import UserError

LARGEST = 512 * 2**20
"""Bytes of one decompressed file; no benchmark comes near it, a zip bomb does."""

Row = Mapping[str, Any]


def find_file(folder: Path, names: Sequence[str], hint: str) -> Path:
    """Return the first of ``names`` (glob patterns, with or without ``.gz``) that the folder holds.

    Raises:
        UserError: there is none; the message says how to get it (``hint``).

    """
    for name in names:
        for candidate in (name, f"{name}.gz"):
            found = sorted(folder.glob(candidate))
            if found:
                return found[0]
    raise UserError(f"{folder}: no {' or '.join(names)} there. {hint}")


def read_bytes(path: Path) -> bytes:
    """Return the file's bytes, decompressed where its name ends in ``.gz``.

    Raises:
        UserError: it cannot be read, is damaged, or is larger than ``LARGEST``.

    """
    try:
        if path.suffix != ".gz":
            return path.read_bytes()
        with gzip.open(path) as stream:
            data = stream.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"{path}: cannot be read ({error}); get the file anew") from error
    if len(data) > LARGEST:
        raise UserError(f"{path}: more than {LARGEST >> 20} MB when decompressed; not a benchmark file")
    return data


def sha256(data: bytes) -> str:
    """Return the hash in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def decode(data: bytes, name: object) -> str:
    """Return the text of UTF-8 bytes, without a byte order mark.

    Raises:
        UserError: the bytes are not UTF-8.

    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{name}: not UTF-8 at byte {error.start}; get the file anew") from error


def json_value(text: str, name: object) -> Any:
    """Return the one JSON value of a text.

    Raises:
        UserError: it is not JSON.

    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{name}: not JSON ({error}); get the file anew") from error


def json_rows(text: str, name: object) -> list[Row]:
    """Return the objects of a JSON array, or of JSON lines.

    Raises:
        UserError: it is neither, or a row is no object.

    """
    if text.lstrip()[:1] == "[":
        rows = json_value(text, name)
    else:
        lines = ((at, line) for at, line in enumerate(text.split("\n"), start=1) if line.strip())
        rows = [json_value(line, f"{name}, line {at}") for at, line in lines]
    for at, row in enumerate(rows):
        if not isinstance(row, dict):
            raise UserError(f"{name}: row {at} is {row!r:.60}, not an object")
    return list(rows)


def csv_rows(text: str, columns: Sequence[str] = ()) -> list[Row]:
    """Return the rows of a CSV text by column name; ``columns`` names them where there is no header."""
    stream = io.StringIO(text, newline="")
    if columns:
        return [dict(zip(columns, row, strict=False)) for row in csv.reader(stream) if row]
    return list(csv.DictReader(stream))


def tar_texts(data: bytes, name: object, suffix: str) -> Iterator[tuple[str, str]]:
    """Yield (member path, text) of a tar.gz's regular files with that ending, sorted; nothing is unpacked.

    Raises:
        UserError: the archive is damaged or a member is too large.

    """
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:*") as archive:
            members = [m for m in archive.getmembers() if m.isfile() and m.name.endswith(suffix)]
            for member in sorted(members, key=lambda m: m.name):
                stream = archive.extractfile(member)
                if member.size > LARGEST or stream is None:
                    raise UserError(f"{name}: member {member.name} cannot be read")
                yield member.name, decode(stream.read(), f"{name}:{member.name}")
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise UserError(f"{name}: damaged archive ({error}); get the file anew") from error


def numbered(rows: Iterable[tuple[Row, str]]) -> tuple[Item, ...]:
    """Return items numbered from 0, of (row, group) pairs."""
    return tuple(Item(index=at, row=row, group=group) for at, (row, group) in enumerate(rows))


def need_fields(rows: Sequence[Row], fields: Sequence[str], name: object) -> None:
    """Nothing, if every row has the fields.

    Raises:
        UserError: names the row and what it lacks.

    """
    for at, row in enumerate(rows):
        lacking = [field for field in fields if field not in row]
        if lacking:
            raise UserError(f"{name}: row {at} has no {', '.join(lacking)} (it has: {', '.join(row)})")


def rows_loader(
    folder_name: str,
    names: Sequence[str],
    fields: Sequence[str],
    hint: str,
    group: Callable[[Row], str] = lambda row: "",
) -> Load:
    """Return a loader of one JSON or JSON lines file, in ``folder_name`` below the data folder or in it."""

    def load(folder: Path) -> Loaded:
        path = find_file(home(folder, folder_name), names, hint)
        data = read_bytes(path)
        rows = json_rows(decode(data, path), path)
        need_fields(rows, fields, path)
        return Loaded(numbered((row, group(row)) for row in rows), sha256(data), path)

    return load


def home(folder: Path, name: str) -> Path:
    """Return the set's own folder below the data folder, or the data folder itself where it has none."""
    if name:
        for own in (folder / name, folder / "general" / name):
            if own.is_dir():
                return own
    return folder
