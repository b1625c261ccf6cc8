"""Reading the key files of the shards: columns of 64-bit numbers, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from redone.corpus.work import Task

LOW, HIGH, LIKES, FIRST_BAND = 0, 1, 2, 3
"""Columns of a key file."""
ROWS_AT_ONCE = 4_000_000
"""Keys that a task holds in memory at a time; more are taken in parts, by remainder."""


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """The key files of all shards; rows are numbered through them in order."""

    paths: Sequence[Path]
    rows: Sequence[int]

    @staticmethod
    def of(task: Task) -> KeyFiles:
        """The key files that a task reads."""
        return KeyFiles(task.paths(".keys"), task.inputs["rows"])

    @property
    def total(self) -> int:
        """Rows of all shards."""
        return sum(self.rows)

    @property
    def parts(self) -> int:
        """Parts that a column is taken in."""
        return self.total // ROWS_AT_ONCE + 1

    def part(
        self, column: int, part: int, parts: int, also: Sequence[int] = ()
    ) -> list[npt.NDArray[np.uint64]]:
        """Return the rows whose key in ``column`` falls into a part: row numbers, keys, and other columns."""
        found: list[list[npt.NDArray[np.uint64]]] = [[] for _ in range(2 + len(also))]
        base = 0
        for path, rows in zip(self.paths, self.rows, strict=True):
            keys = _column(path, rows, column)
            at = np.flatnonzero(keys % np.uint64(parts) == part) if parts > 1 else np.arange(rows)
            found[0].append((at + base).astype(np.uint64))
            found[1].append(keys[at] if parts > 1 else keys)
            for place, other in enumerate(also):
                found[2 + place].append(_column(path, rows, other)[at])
            base += rows
        return [np.concatenate(arrays) if arrays else np.empty(0, np.uint64) for arrays in found]


def _column(path: Path, rows: int, number: int) -> npt.NDArray[np.uint64]:
    return np.fromfile(path, np.uint64, count=rows, offset=8 * rows * number)


def table_size(entries: int) -> int:
    """Slots of a hash table that stays at most half full."""
    return 1 << max(4, (2 * entries).bit_length())


def write_columns(path: Path, *columns: npt.NDArray[Any]) -> None:
    """Write columns of 64-bit integers one after the other."""
    with path.open("wb") as file:
        for column in columns:
            column.astype(np.uint64, copy=False).tofile(file)


def read_columns(path: Path, count: int) -> npt.NDArray[np.uint64]:
    """Return (count, rows) of a file that ``write_columns`` wrote."""
    return np.fromfile(path, np.uint64).reshape(count, -1)
