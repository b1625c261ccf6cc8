"""Stage 2, per part of the hashes: which rows are copies of which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from redone.corpus.duplicates.grouping import exact_keepers
from redone.corpus.duplicates.keys import HIGH, LIKES, LOW, KeyFiles, table_size, write_columns
from redone.corpus.work import Desk, Task


def run(task: Task, desk: Desk) -> Mapping[str, Any]:
    """Write (row, keeper) of every row that goes: the copy with most likes stays, of equals the first."""
    files = KeyFiles.of(task)
    rows, low, high, likes = files.part(LOW, task.index, task.inputs["parts"], (HIGH, LIKES))
    keeper = np.empty(len(rows), np.int64)
    exact_keepers(low, high, likes.view(np.int64), keeper, np.empty(table_size(len(rows)), np.int64))
    goes = np.flatnonzero(keeper != np.arange(len(rows)))
    write_columns(desk.place(f"{task.name}.copies"), rows[goes], rows[keeper[goes]])
    return {"copies": len(goes)}
