"""Stage 0, per shard, when quality is judged: a few of its texts as they are after cleaning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from redone.corpus.inputs import shard_of
from redone.corpus.reading import read_shard
from redone.corpus.settings.recipe import CurationRecipe
from redone.corpus.shard_steps import steps_of
from redone.corpus.work import Desk, Task


def run(task: Task, desk: Desk) -> Mapping[str, Any]:
    """Write ``count`` texts, drawn by a hash of their ids, cleaned by the steps before quality."""
    recipe = CurationRecipe.model_validate(task.settings)
    shard, mapping = shard_of(dict(task.inputs["shard"]))
    table = read_shard(shard, mapping, recipe.reading).table
    table = table.sample(min(len(table), task.inputs["count"]), seed=recipe.seed, shuffle=True)
    for step in steps_of(recipe, task.root):
        if step.name == "quality":
            break
        table = step.run(table).kept
    table.select("id", "source", "text").write_parquet(desk.place(f"{task.name}.sample.parquet"))
    return {"rows": len(table), "sources": table["source"].unique().sort().to_list()}


def read_samples(task: Task) -> pl.DataFrame:
    """The sampled rows of all shards."""
    return pl.concat([pl.read_parquet(path) for path in task.paths(".sample.parquet")])
