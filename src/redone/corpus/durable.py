"""Files that are whole or absent, and their hashes."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import orjson

PARTIAL = ".partial"
"""Ending of names that are not finished; whatever has it after a crash may be removed."""


def hash_value(value: Any) -> str:
    """Return the SHA-256 of a JSON value; the order of keys does not matter."""
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def partial(path: Path) -> Path:
    """Return the name under which a file is written before it is complete."""
    return path.with_name(path.name + PARTIAL)


def finish(path: Path) -> str:
    """Give a completely written partial file its name, durably; return the SHA-256 of its bytes."""
    part = partial(path)
    with part.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    part.replace(path)
    return digest


def write_json(path: Path, value: Any) -> None:
    """Write a value as indented JSON: a reader sees the old or the new file, never a part."""
    write_bytes(path, orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def write_bytes(path: Path, data: bytes) -> None:
    """Replace a file's content, durably."""
    with partial(path).open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial(path).replace(path)


def read_json(path: Path) -> Any:
    """Return the value in a file; None when there is none or it is damaged."""
    try:
        return orjson.loads(path.read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return None
