"""Stage 5, per shard: the texts that have to be compared, and who is kept for exact copies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from redone.corpus.duplicates.keys import read_columns
from redone.corpus.work import Desk, Task


def run(task: Task, desk: Desk) -> Mapping[str, Any]:
    """Write row, part, group, id, likes and text of candidates, sorted by part.

    ``group`` is null and ``text`` empty for rows that are wanted only for their id.
    """
    base, count, parts = task.inputs["base"], task.inputs["count"], task.inputs["parts"]
    rows, groups = _within(read_columns(task.paths(".groups")[0], 2), base, count)
    keepers = [_within(read_columns(path, 2)[::-1], base, count)[0] for path in task.paths(".copies")]
    only_id = np.setdiff1d(np.concatenate(keepers), rows) if keepers else np.empty(0, np.uint64)
    wanted = pl.DataFrame(
        {
            "row": np.concatenate([rows, only_id]),
            "part": np.concatenate([groups, only_id]) % np.uint64(parts),
            "group": pl.concat([pl.Series(groups), pl.Series([None] * 0, dtype=pl.UInt64)]).extend(
                pl.repeat(None, len(only_id), dtype=pl.UInt64, eager=True)
            ),
        }
    ).sort("row")
    table = pl.read_ipc(task.paths(".rows.arrow")[0], columns=["id", "likes", "text"])
    table = table[wanted["row"].cast(pl.Int64) - base]
    text = pl.when(pl.col("group").is_not_null()).then("text")
    found = pl.concat([wanted, table], how="horizontal").with_columns(text)
    path = desk.place(f"{task.name}.candidates.parquet")
    found.sort("part", "row").write_parquet(path, compression="lz4", row_group_size=65_536)
    return {"candidates": len(rows)}


def _within(columns: npt.NDArray[np.uint64], base: int, count: int) -> npt.NDArray[np.uint64]:
    row = columns[0]
    return columns[:, (row >= base) & (row < base + count)]
