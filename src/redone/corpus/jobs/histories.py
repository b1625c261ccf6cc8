"""Stage 12, per part of the readers: what each read and searched, in turn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import polars as pl

from redone.corpus.documents.assemble import Step, history_documents
from redone.corpus.packing import write_documents
from redone.corpus.settings.recipe import CurationRecipe
from redone.corpus.tokens import counter_of
from redone.corpus.work import Desk, Task


def run(task: Task, desk: Desk) -> Mapping[str, Any]:
    """Write the histories of the readers in this part. They say nothing of who the reader is."""
    recipe = CurationRecipe.model_validate(task.settings)
    settings = recipe.documents
    assert settings is not None
    parts = task.inputs["parts"]
    mine = pl.col("user").hash(17) % parts == task.index
    wanted = pl.col("kind").is_in([*settings.engagement, "search"])
    events = (
        pl.scan_parquet(task.paths(".events.parquet")[0]).filter(mine & wanted).collect().sort("user", "when")
    )
    events = events.with_columns(id=pl.coalesce(pl.when(pl.col("kind") != "search").then("note"), "query"))
    names = pl.concat([pl.scan_parquet(p) for p in task.paths(".blocks.parquet")]).select(
        "id", "first", "language", "source", "licence", what="kind"
    )
    known = events.select("id").unique().lazy().join(names, on="id").collect()
    told = events.join(known, on="id", maintain_order="left")
    histories: dict[str, list[Step]] = defaultdict(list)
    for user, row, first, language, what in told.select(
        "user", "id", "first", "language", "what"
    ).iter_rows():
        histories[user].append(Step("query" if what == "query" else "note", row, first or "", language or ""))
    documents = list(history_documents(histories, settings, counter_of(recipe.tokens)))
    table = pl.DataFrame(
        {
            "id": [f"history-{task.index}-{number}" for number in range(len(documents))],
            "language": [d.language or None for d in documents],
            "kind": ["history"] * len(documents),
            "text": [d.text for d in documents],
            "members": [list(d.members) for d in documents],
        },
        schema_overrides={"id": pl.String, "language": pl.String, "kind": pl.String, "text": pl.String}
        | {"members": pl.List(pl.String)},
    )
    first_note = pl.col("members").list.first()
    sources = known.select("id", "source", "licence").unique("id")
    table = (
        table.with_columns(of=first_note).join(sources.rename({"id": "of"}), on="of", how="left").drop("of")
    )
    facts = write_documents(table, recipe, desk.place(f"documents/history-{task.index:05d}.parquet"))
    return {**facts}
