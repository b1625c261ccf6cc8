"""Files that are whole or absent: temporary name, fsync, rename. And what went wrong, in words."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from redone.errors import RedoneError, UserError

PARTIAL = ".partial"
"""Ending of names that are not finished; whatever has it after a crash may be removed."""


def write_bytes(path: Path, data: bytes) -> None:
    """Replace the content of ``path``, durably: a reader sees the old or the new content, never a part."""
    part = path.with_name(path.name + PARTIAL)
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` as indented JSON with sorted keys left as they are, durably."""
    write_bytes(path, orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the object in a JSON file; None when there is no such file, or when it is damaged.

    The run folder's own records are written whole, so a damaged one was harmed from outside; its stage is then
    treated as not done, which costs time and never correctness.
    """
    try:
        value = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def sync_folder(folder: Path) -> None:
    """Make renames in ``folder`` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Make every file below ``folder``, and the folder itself, survive a power cut."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
    for path in [p for p in folder.rglob("*") if p.is_dir()]:
        sync_folder(path)
    sync_folder(folder)


def copy_tree(source: Path, target: Path) -> None:
    """Make ``target`` a copy of the folder ``source``; an older one is replaced only by a whole copy."""
    part = target.with_name(target.name + PARTIAL)
    remove(part)
    shutil.copytree(source, part)
    sync_tree(part)
    remove(target)
    part.rename(target)
    sync_folder(target.parent)


def remove(path: Path) -> None:
    """Remove a file or folder if it is there. A link is removed, not followed."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)


def remove_partial(folder: Path) -> None:
    """Remove what a killed process left half-written directly in ``folder``."""
    for path in folder.glob(f"*{PARTIAL}"):
        remove(path)


@contextmanager
def disk_errors(where: Path) -> Iterator[None]:
    """Turn failures of the file system below ``where`` into one message that says what to do.

    Raises:
        UserError: the place cannot be written to (no permission, read-only, not a folder).
        RedoneError: the disk is full or fails.

    """
    try:
        yield
    except Exception as error:
        problem = _system_error(error)
        if problem is None or isinstance(error, RedoneError):
            raise
        raise in_words(problem, error, where) from error


def _system_error(error: BaseException | None) -> int | None:
    """Return the errno behind an exception, also where a library wrapped it in its own type."""
    while error is not None:
        if isinstance(error, OSError) and error.errno is not None:
            return error.errno
        # safetensors, polars and pyarrow report system errors as text only.
        text = str(error)
        for code in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            if f"os error {code}" in text or os.strerror(code) in text:
                return code
        error = error.__cause__
    return None


def in_words(code: int, error: BaseException, where: Path) -> RedoneError:
    """The error to raise for a system error ``code``: whose fault it is, which path, and what to do."""
    path = getattr(error, "filename", None) or where
    if code in {errno.ENOSPC, errno.EDQUOT}:
        return RedoneError(
            f"the disk is full while writing {path}; free some space and run the same command again: "
            "finished stages and the last checkpoint are intact"
        )
    if code == errno.EROFS:
        return UserError(f"{path}: the file system is read-only; choose another --out folder")
    if code in {errno.EACCES, errno.EPERM}:
        return UserError(f"{path}: no permission; choose another --out folder or change its rights")
    if code in {errno.ENOTDIR, errno.EEXIST, errno.EISDIR}:
        return UserError(f"{path}: {os.strerror(code).lower()}; choose another --out folder")
    if code == errno.ENOENT:
        return UserError(f"{path}: no such file or folder; check the path")
    if code == errno.ENAMETOOLONG:
        return UserError(f"{where}: the path is too long; choose a shorter --out folder")
    return RedoneError(f"{path}: {os.strerror(code).lower()}; the run can be resumed with the same command")
