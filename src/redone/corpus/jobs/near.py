"""Stage 6, per part of the groups: compare the candidates, and say for every duplicate who is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from redone.corpus.duplicates.comparing import lead, shingle_sets
from redone.corpus.duplicates.keys import read_columns, table_size
from redone.corpus.kernels.buffers import text_buffers
from redone.corpus.settings.duplicate_settings import DuplicateSettings
from redone.corpus.work import Desk, Task

BYTES_AT_ONCE = 32 << 20
"""Bytes of text that are compared at a time; groups stay whole."""
LARGEST, SHOWN, EXCERPT = 12, 4, 160
"""Clusters that are told, members of each, and characters of each."""
DECISION = pl.Schema(
    {
        "row": pl.UInt64,
        "reason": pl.String,
        "keeper": pl.String,
        "cluster": pl.String,
        "similarity": pl.Float32,
    }
)
"""Columns of a decision. A cluster is named by the id of its first row."""


def run(task: Task, desk: Desk) -> Mapping[str, Any]:
    """Write a decision for each row that goes, by row."""
    settings = DuplicateSettings.model_validate(task.settings)
    part = pl.col("part") == task.index
    files = task.paths(".candidates.parquet")
    found = pl.concat([pl.scan_parquet(path).filter(part) for path in files]).collect()
    near = _near(found.filter(pl.col("group").is_not_null()), settings)
    exact = _exact(task, found)
    decisions = pl.concat([exact, near]).sort("row")
    decisions.write_parquet(desk.place(f"{task.name}.decisions.parquet"), row_group_size=65_536)
    return {"exact": len(exact), "near": len(near), **_told(found, near)}


def _told(found: pl.DataFrame, near: pl.DataFrame) -> dict[str, Any]:
    """How many near-duplicates went to one keeper, and the largest of these clusters with a few texts."""
    by_keeper = near.group_by("keeper").agg(pl.len() + 1).sort(["len", "keeper"], descending=[True, False])
    sizes = by_keeper.group_by("len").agg(clusters=pl.len()).sort("len")
    texts = found.select("row", "id", pl.col("text").str.head(EXCERPT))
    largest = []
    for keeper, size in by_keeper.head(LARGEST).iter_rows():
        members = near.filter(pl.col("keeper") == keeper).head(SHOWN).join(texts, on="row", how="left")
        shown = members.select("id", pl.col("similarity").cast(pl.Float64).round(3), "text").rows()
        own = texts.filter(pl.col("id") == keeper)["text"].to_list()
        largest.append(
            {
                "size": size,
                "keeper": keeper,
                "keeper_text": (own or [""])[0],
                "members": [list(r) for r in shown],
            }
        )
    return {"sizes": {str(size): n for size, n in sizes.iter_rows()}, "largest": largest}


def _near(found: pl.DataFrame, settings: DuplicateSettings) -> pl.DataFrame:
    """Decisions on the texts of all groups, some groups at a time: the sets of shingles are larger than the texts."""
    names = found.filter(pl.col("group") == pl.col("row")).select("group", cluster="id")
    table = found.sort(["group", "likes", "row"], descending=[False, True, False])
    if table.is_empty():
        return pl.DataFrame(schema=DECISION)
    size = table["text"].str.len_bytes().fill_null(0).cast(pl.Int64)
    batch = (size.cum_sum() // BYTES_AT_ONCE).to_frame("batch").with_columns(table["group"])
    first = batch.select(pl.col("batch").first().over("group")).to_series()
    starts = first.ne_missing(first.shift(1)).arg_true().to_list()
    goes = [
        _compared(table.slice(start, stop - start), settings)
        for start, stop in zip(starts, [*starts[1:], len(table)], strict=True)
    ]
    decided = pl.concat(goes).with_columns(reason=pl.lit("near_duplicate"))
    return decided.join(names, on="group", how="left").select(*DECISION).cast(DECISION)


def _compared(table: pl.DataFrame, settings: DuplicateSettings) -> pl.DataFrame:
    """The rows of whole groups that go, each with who is kept and how alike they are."""
    offsets, data = text_buffers(table["text"])
    sets = np.empty(int(offsets[-1] - offsets[0]), np.uint32)
    ends = np.zeros(len(table) + 1, np.int64)
    slots = table_size(int(np.diff(offsets).max(initial=1)))
    scratch = np.empty(slots, np.uint32)
    shingle_sets(offsets, data, settings.shingle, scratch, np.full(slots, -1), ends, sets)
    keeper = np.empty(len(table), np.int64)
    similarity = np.empty(len(table), np.float32)
    group = table["group"].to_numpy().astype(np.int64)
    short = settings.short_letters - settings.shingle + 1
    limits = (settings.similarity, settings.similarity_short, short, settings.most_compared)
    lead(group, ends, sets, limits, scratch, np.full(slots, -1), keeper, similarity)
    decided = table.select(
        "row", "group", keeper=table["id"].gather(keeper), similarity=pl.Series(similarity)
    )
    return decided.filter(pl.Series(keeper != np.arange(len(table))))


def _exact(task: Task, found: pl.DataFrame) -> pl.DataFrame:
    """Decisions on the copies whose keeper's id lies in this part."""
    columns = [read_columns(path, 2) for path in task.paths(".copies")]
    rows = np.concatenate(columns, axis=1) if columns else np.empty((2, 0), np.uint64)
    copies = pl.DataFrame({"row": rows[0], "of": rows[1]})
    ids = found.select(of="row", keeper="id")
    return (
        copies.join(ids, on="of")
        .with_columns(reason=pl.lit("exact_duplicate"), cluster=pl.col("keeper"), similarity=pl.lit(1.0))
        .select(*DECISION)
        .cast(DECISION)
    )
