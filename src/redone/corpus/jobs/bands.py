"""Stage 3, per some bands: rows that share a key, as a forest that joins them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from redone.corpus.duplicates.grouping import join_equal_keys, roots
from redone.corpus.duplicates.keys import FIRST_BAND, KeyFiles, read_columns, table_size, write_columns
from redone.corpus.work import Desk, Task


def run(task: Task, desk: Desk) -> Mapping[str, Any]:
    """Write (row, smallest row of its group) for all rows that some band of this task joins to another."""
    files = KeyFiles.of(task)
    copies = np.zeros(files.total, np.bool_)
    for path in task.paths(".copies"):
        copies[read_columns(path, 2)[0].astype(np.int64)] = True
    parent = np.arange(files.total)
    for band in task.inputs["bands"]:
        for part in range(files.parts):
            rows, keys = files.part(FIRST_BAND + band, part, files.parts)
            at = rows.view(np.int64)
            keys[copies[at]] = 0
            size = table_size(len(keys))
            join_equal_keys(keys, at, parent, np.empty(size, np.uint64), np.empty(size, np.int64))
    roots(parent)
    joined = np.flatnonzero(parent != np.arange(len(parent)))
    write_columns(desk.place(f"{task.name}.forest"), joined, parent[joined])
    return {"joined": len(joined)}
