"""Stage 10, once, where there is a log: which notes go into one document, and what readers did in turn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from redone.corpus.documents.clusters import cluster
from redone.corpus.documents.graph import related_notes
from redone.corpus.documents.template import BETWEEN_NOTES
from redone.corpus.settings.recipe import CurationRecipe
from redone.corpus.tokens import counter_of
from redone.corpus.work import Desk, Task


def run(task: Task, desk: Desk) -> Mapping[str, Any]:
    """Write (id, cluster, place) of every note that shares a document, and the events of readers by number."""
    recipe = CurationRecipe.model_validate(task.settings)
    settings = recipe.documents
    assert settings is not None
    blocks = [
        pl.scan_parquet(path).filter(pl.col("kind") == "note") for path in task.paths(".blocks.parquet")
    ]
    notes = pl.concat(blocks).select("id", "tokens").collect().with_row_index("number")
    events = pl.read_parquet(task.paths(".events.parquet")[0])
    users = events.select(pl.col("user").unique().sort()).with_row_index("reader")
    read = events.filter(pl.col("kind").is_in(list(settings.engagement))).join(users, on="user")
    readings = read.join(notes.select("number", note="id"), on="note").select(
        user="reader", note="number", when="when"
    )
    edges = related_notes(readings, settings)
    gap = max(1, counter_of(recipe.tokens)(BETWEEN_NOTES))
    found = cluster(edges, (notes["tokens"] + gap).to_list(), settings)
    table = notes.select("id", "number").with_columns(first=pl.Series(found, dtype=pl.UInt32))
    table = table.filter(pl.len().over("first") > 1).join(
        notes.select(first="number", cluster="id"), on="first", how="left"
    )
    table.select("id", "cluster", place="number").write_parquet(desk.place(f"{task.name}.clusters.parquet"))
    return {"notes": len(notes), "readings": len(readings), "edges": len(edges), "clustered": len(table)}
