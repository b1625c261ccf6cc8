"""Stage 4, once: the forests of all bands into groups of candidates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from redone.corpus.duplicates.grouping import join_rows, roots
from redone.corpus.duplicates.keys import read_columns, write_columns
from redone.corpus.work import Desk, Task


def run(task: Task, desk: Desk) -> Mapping[str, Any]:
    """Write (row, group) of the rows in groups of two or more, by row; a group is named by its first row."""
    total = sum(task.inputs["rows"])
    parent = np.arange(total)
    for path in task.paths(".forest"):
        row, root = read_columns(path, 2).view(np.int64)
        join_rows(parent, row, root)
    roots(parent)
    several = np.zeros(total, np.bool_)
    moved = np.flatnonzero(parent != np.arange(total))
    several[moved] = True
    several[parent[moved]] = True
    members = np.flatnonzero(several)
    write_columns(desk.place(f"{task.name}.groups"), members, parent[members])
    return {"candidates": len(members), "groups": int(len(members) - len(moved))}
