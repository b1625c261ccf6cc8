"""Stage 8, per shard: take the duplicates out, count tokens, write what stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from redone.corpus.funnel import Funnel
from redone.corpus.lineage import duplicate_lineage
from redone.corpus.packing import kept_examples, write_documents
from redone.corpus.settings.recipe import CurationRecipe
from redone.corpus.work import Desk, Task


def run(task: Task, desk: Desk) -> Mapping[str, Any]:
    """Write the rows that stay: as documents, or for the next stages where rows belong together."""
    recipe = CurationRecipe.model_validate(task.settings)
    base, count = task.inputs["base"], task.inputs["count"]
    table = pl.read_ipc(task.paths(".rows.arrow")[0])
    mine = pl.col("row").is_between(base, base + count - 1)
    files = task.paths(".decisions.parquet")
    decided = pl.concat([pl.scan_parquet(path).filter(mine) for path in files]).collect()
    funnel = Funnel()
    if len(decided):
        at = decided["row"].cast(pl.Int64) - base
        gone = pl.concat([table[at].select("id", "source", "text"), decided], how="horizontal")
        lineage = duplicate_lineage(gone)
        lineage.write_parquet(desk.place(f"lineage/duplicates-{task.index:05d}.parquet"))
        funnel.drop("duplicates", lineage)
        stays = pl.Series([True]).new_from_index(0, count).scatter(at, False)
        table = table.filter(stays)
    funnel.count("unique", table)
    if parts := task.inputs["parts"]:
        table = _with_threads(table, task, parts)
        table.write_parquet(desk.place(f"{task.name}.unique.parquet"), compression="lz4")
        return {"rows": len(table), "funnel": funnel.to_json()}
    facts = write_documents(table, recipe, desk.place(f"documents/part-{task.index:05d}.parquet"))
    return {"rows": len(table), "funnel": funnel.to_json(), "kept": kept_examples(table), **facts}


def _with_threads(table: pl.DataFrame, task: Task, parts: int) -> pl.DataFrame:
    """Add the note that a row belongs to, and the part in which that note's rows meet, sorted by it."""
    led = task.paths(".led.parquet")
    if led:
        searches = pl.read_parquet(led[0]).select(id="query", led="note")
        table = (
            table.join(searches, on="id", how="left").with_columns(pl.coalesce("parent", "led")).drop("led")
        )
    thread = pl.when(pl.col("kind").is_in(["comment", "query"])).then(
        pl.col("parent").fill_null(pl.col("id"))
    )
    table = table.with_columns(thread=thread.otherwise(pl.col("id")))
    return table.with_columns(part=pl.col("thread").hash(17) % parts).sort("part", maintain_order=True)
