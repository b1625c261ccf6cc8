"""Stage 11, per part of the clusters: blocks into documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from redone.corpus.documents.template import BETWEEN_NOTES
from redone.corpus.packing import kept_examples, write_documents
from redone.corpus.settings.recipe import CurationRecipe
from redone.corpus.work import Desk, Task


def run(task: Task, desk: Desk) -> Mapping[str, Any]:
    """Write the documents whose cluster, or own id, falls into this part."""
    recipe = CurationRecipe.model_validate(task.settings)
    blocks = pl.concat([pl.scan_parquet(path) for path in task.paths(".blocks.parquet")])
    clusters = task.paths(".clusters.parquet")
    if clusters:
        blocks = blocks.join(pl.scan_parquet(clusters[0]), on="id", how="left")
    else:
        blocks = blocks.with_columns(cluster=pl.lit(None, pl.String), place=pl.lit(0, pl.UInt32))
    own = pl.coalesce("cluster", "id")
    table = blocks.filter(own.hash(17) % task.inputs["parts"] == task.index).collect()
    documents = pl.concat([_single(table), _joined(table)]).sort("id")
    facts = write_documents(documents, recipe, desk.place(f"documents/part-{task.index:05d}.parquet"))
    return {"kept": kept_examples(documents), **facts}


COLUMNS = ("id", "source", "language", "kind", "licence", "text", "members")


def _single(table: pl.DataFrame) -> pl.DataFrame:
    return table.filter(pl.col("cluster").is_null()).select(COLUMNS)


def _joined(table: pl.DataFrame) -> pl.DataFrame:
    """Notes of a cluster in the order of their numbers, which is that of their ids."""
    first = pl.col("source", "language").first()
    return (
        table.filter(pl.col("cluster").is_not_null())
        .sort("place")
        .group_by("cluster", maintain_order=True)
        .agg(
            first,
            pl.col("licence").unique(maintain_order=True).str.join(" + "),
            pl.col("text").str.join(BETWEEN_NOTES),
            pl.col("members").explode(),
        )
        .with_columns(id=pl.col("cluster"), kind=pl.lit("cluster"))
        .select(COLUMNS)
    )
