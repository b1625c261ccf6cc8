"""Stage 1, per portion of the input: read, run the shard steps, sketch what stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from redone.corpus.duplicates.sketch import sketch
from redone.corpus.funnel import Funnel
from redone.corpus.lineage import step_lineage
from redone.corpus.portions import Portion, read_portion
from redone.corpus.settings.recipe import CurationRecipe
from redone.corpus.shard_steps import steps_of
from redone.corpus.work import Desk, Task


def run(task: Task, desk: Desk) -> Mapping[str, Any]:
    """Write the rows that stay, why the others went, and the keys of the duplicate search."""
    recipe = CurationRecipe.model_validate(task.settings)
    table = read_portion(Portion.from_json(task.inputs["portion"]), recipe)
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
    table = table.drop([name for name in table.columns if name.startswith("f_")])
    funnel.count("steps", table)
    if gone:
        pl.concat(gone).write_parquet(desk.place(f"lineage/steps-{task.index:05d}.parquet"))
    keys = sketch(table, recipe.duplicates)
    with desk.place(f"{task.name}.keys").open("wb") as file:
        keys.exact.tofile(file)
        table["likes"].fill_null(0).cast(pl.Int64).to_numpy().tofile(file)
        keys.bands.tofile(file)
    table.write_parquet(desk.place(f"{task.name}.rows.parquet"), compression="lz4", statistics=False)
    parents = len(table) - table["parent"].null_count()
    return {"rows": len(table), "parents": parents, "funnel": funnel.to_json()}
