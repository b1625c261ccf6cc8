"""Why a row is not in the corpus: one table per shard and kind of decision."""

from __future__ import annotations

import polars as pl

from redone.corpus.settings.document_settings import DocumentSettings

LINEAGE = pl.Schema(
    {
        "id": pl.String,
        "source": pl.String,
        "step": pl.String,
        "reason": pl.String,
        "detail": pl.String,
        "cluster": pl.String,
        "keeper": pl.String,
        "text": pl.String,
    }
)
"""Columns of lineage. ``cluster`` and ``keeper`` are null unless the row is a duplicate.

``text`` is the beginning of what was dropped, as it was before the step.
"""
EXCERPT = 200
"""Characters of a dropped text that lineage keeps."""


def step_lineage(step: str, before: pl.DataFrame, dropped: pl.DataFrame) -> pl.DataFrame:
    """Return the lineage of the rows that a shard step dropped."""
    rows = before.select("id", "source", text=pl.col("text").str.head(EXCERPT))
    none = pl.lit(None, pl.String)
    joined = dropped.join(rows, on="id", how="left")
    return joined.with_columns(step=pl.lit(step), cluster=none, keeper=none).select(*LINEAGE).cast(LINEAGE)


def left_lineage(rows: pl.DataFrame, settings: DocumentSettings) -> pl.DataFrame:
    """Return the lineage of what was said below a note and found no place in its document.

    ``rows`` has id, source, kind, thread (the note) and text.
    """
    most = pl.when(pl.col("kind") == "comment").then(settings.comments).otherwise(settings.queries)
    detail = pl.format(
        "below {}; its document holds at most {} of them and {} tokens", "thread", most, settings.tokens
    )
    none = pl.lit(None, pl.String)
    return (
        rows.with_columns(
            step=pl.lit("documents"), reason=pl.format("{}_beyond_cap", "kind"), detail=detail, cluster=none,
            keeper=none, text=pl.col("text").str.head(EXCERPT),
        )
        .select(*LINEAGE)
        .cast(LINEAGE)
    )  # fmt: skip


def duplicate_lineage(table: pl.DataFrame) -> pl.DataFrame:
    """Return the lineage of duplicates; ``table`` has id, source, text and the columns of a decision."""
    alike = pl.format("{} in common", pl.col("similarity").round(3))
    detail = pl.when(pl.col("reason") == "near_duplicate").then(alike).otherwise(pl.lit(""))
    return (
        table.with_columns(step=pl.lit("duplicates"), detail=detail, text=pl.col("text").str.head(EXCERPT))
        .select(*LINEAGE)
        .cast(LINEAGE)
    )
