"""Stage 7, per shard: take the duplicates out, count tokens, write what stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from redone.corpus.funnel import Funnel
from redone.corpus.lineage import duplicate_lineage
from redone.corpus.packing import write_documents
from redone.corpus.settings.recipe import CurationRecipe
from redone.corpus.work import Desk, Task


def run(task: Task, desk: Desk) -> Mapping[str, Any]:
    """Write the rows that stay: as documents, or for the document stage where rows belong together."""
    recipe = CurationRecipe.model_validate(task.settings)
    base, count = task.inputs["base"], task.inputs["count"]
    table = pl.read_parquet(task.paths(".rows.parquet")[0])
    mine = pl.col("row").is_between(base, base + count - 1)
    files = task.paths(".decisions.parquet")
    decided = pl.concat([pl.scan_parquet(path).filter(mine) for path in files]).collect() if files else None
    funnel = Funnel()
    if decided is not None and len(decided):
        at = decided["row"].cast(pl.Int64) - base
        gone = pl.concat([table[at].select("id", "source", "text"), decided], how="horizontal")
        lineage = duplicate_lineage(gone)
        lineage.write_parquet(desk.place(f"lineage/duplicates-{task.index:05d}.parquet"))
        funnel.drop("duplicates", lineage)
        table = table.filter(~pl.int_range(pl.len(), dtype=pl.Int64).is_in(at.implode()))
    funnel.count("unique", table)
    if task.inputs["documents"]:
        table.write_parquet(desk.place(f"{task.name}.unique.parquet"), compression="lz4")
        return {"rows": len(table), "funnel": funnel.to_json()}
    facts = write_documents(table, recipe, desk.place(f"documents/part-{task.index:05d}.parquet"))
    return {"rows": len(table), "funnel": funnel.to_json(), **facts}
