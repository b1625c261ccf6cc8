"""One process per run folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redone.errors import UserError

_held: set[Path] = set()
"""Folders that this process holds: the system's lock is per process and would let us in twice."""


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Hold the lock of a run folder; the system lets go of it when the process ends, however it ends.

    Raises:
        UserError: another process holds it; the message has its process id.

    """
    path = (folder / ".lock").resolve()
    if path in _held:
        raise UserError(f"{folder}: this process is already running there")
    # A record lock, not flock: children that outlive a killed run must not keep the folder locked.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    try:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
            raise UserError(
                f"{folder}: another process (pid {holder}) is running there; wait for it, stop it, "
                "or choose another --out folder"
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        _held.add(path)
        try:
            yield
        finally:
            _held.discard(path)
    finally:
        os.close(descriptor)
