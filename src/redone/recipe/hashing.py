"""Content hashes: of settings, of files, of folders."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import orjson

from redone.errors import UserError


def hash_value(value: Any) -> str:
    """Return the SHA-256 of a JSON value; the order of keys does not matter."""
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_folder(folder: Path) -> str:
    """Return the SHA-256 over the names and contents of all files below ``folder``.

    Raises:
        UserError: there is a link inside: its content could change without the hash noticing.

    """
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*"), key=lambda p: p.relative_to(folder).as_posix()):
        if path.is_symlink():
            raise UserError(f"{path} is a link; put a copy of the file there")
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            total.update(f"{name}\0{hash_file(path)}\n".encode())
    return total.hexdigest()


def derive_seed(seed: int, *labels: str) -> int:
    """Return a seed in 0..2**31-1 that depends on the run's seed and on what it is for.

    Stages are told apart by name, not by position, so that a stage has the same randomness in every arm of an
    ablation in which it starts from the same model.
    """
    digest = hashlib.sha256("/".join((str(seed), *labels)).encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1
