"""Stage 1, per shard of the input: read, run the shard steps, sketch what stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import polars as pl

from redone.corpus.duplicates.sketch import Sketch, sketch
from redone.corpus.funnel import Funnel
from redone.corpus.inputs import shard_of
from redone.corpus.lineage import step_lineage
from redone.corpus.reading import Fault, read_shard, write_quarantine
from redone.corpus.settings.recipe import CurationRecipe
from redone.corpus.shard_steps import steps_of
from redone.corpus.steps.features import without_features
from redone.corpus.work import Desk, Task


def run(task: Task, desk: Desk) -> Mapping[str, Any]:
    """Write the rows that stay, why the others went, and the keys of the duplicate search."""
    recipe = CurationRecipe.model_validate(task.settings)
    shard, mapping = shard_of(dict(task.inputs))
    loaded = read_shard(shard, mapping, recipe.reading)
    if loaded.faults:
        write_quarantine(desk.place(f"{task.name}.faults.jsonl"), loaded.faults)
    table, funnel, gone = _through_steps(_with_parents(loaded.table, mapping.source, recipe), recipe, task)
    if gone:
        pl.concat(gone).write_parquet(desk.place(f"lineage/steps-{task.index:05d}.parquet"))
    _write_keys(sketch(table, recipe.duplicates), table, desk.place(f"{task.name}.keys"))
    table.write_ipc(desk.place(f"{task.name}.rows.arrow"), compression="uncompressed")
    return {
        "rows": len(table),
        "parents": len(table) - table["parent"].null_count(),
        "read": {mapping.source: loaded.rows},
        "faults": _counted(loaded.faults),
        "funnel": funnel.to_json(),
    }


def _with_parents(table: pl.DataFrame, source: str, recipe: CurationRecipe) -> pl.DataFrame:
    """Name parents as they are named in the source of the notes."""
    notes = recipe.parents.get(source)
    if notes is None:
        return table
    bare = pl.col("parent").str.strip_prefix(f"{source}/")
    return table.with_columns(parent=pl.lit(f"{notes}/") + bare)


def _through_steps(
    table: pl.DataFrame, recipe: CurationRecipe, task: Task
) -> tuple[pl.DataFrame, Funnel, list[pl.DataFrame]]:
    funnel = Funnel()
    funnel.count("read", table)
    gone: list[pl.DataFrame] = []
    for step in steps_of(recipe, task.root):
        before = table
        result = step.run(table)
        table = result.kept
        funnel.step(step.name, before, result)
        if len(result.dropped):
            gone.append(step_lineage(step.name, before, result.dropped))
    table = without_features(table)
    funnel.count("steps", table)
    return table, funnel, gone


def _write_keys(keys: Sketch, table: pl.DataFrame, path: Any) -> None:
    with path.open("wb") as file:
        keys.exact.tofile(file)
        table["likes"].to_numpy().tofile(file)
        keys.bands.tofile(file)


def _counted(faults: list[Fault]) -> dict[str, int]:
    return dict(sorted(Counter(fault.reason for fault in faults).items()))
