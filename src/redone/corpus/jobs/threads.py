"""Stage 9, per part of the notes: each note with its comments and searches as one block of text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import polars as pl

from redone.corpus.documents.template import Thread, block_of, first_line
from redone.corpus.funnel import Funnel
from redone.corpus.lineage import left_lineage
from redone.corpus.settings.document_settings import DocumentSettings
from redone.corpus.settings.recipe import CurationRecipe
from redone.corpus.tokens import CountTokens, counter_of, with_tokens
from redone.corpus.work import Desk, Task

Said = dict[str, list[tuple[str, str]]]


def run(task: Task, desk: Desk) -> Mapping[str, Any]:
    """Write one block per row that stands alone: notes with what belongs to them, and what belongs to none."""
    recipe = CurationRecipe.model_validate(task.settings)
    settings = recipe.documents
    assert settings is not None
    part = pl.col("part") == task.index
    rows = pl.concat([pl.scan_parquet(path).filter(part) for path in task.paths(".unique.parquet")]).collect()
    notes = rows.filter(pl.col("kind") == "note").select("id")
    joins = pl.col("kind").is_in(["comment", "query"]) & pl.col("thread").is_in(notes["id"].implode())
    said, alone = rows.filter(joins), rows.filter(~joins)
    ordered = said.sort(["likes", "created", "id"], descending=[True, False, False], nulls_last=True)
    blocks = _blocks(alone, _said(ordered, "comment"), _said(ordered, "query"), settings, recipe)
    blocks.write_parquet(desk.place(f"{task.name}.blocks.parquet"), compression="lz4")
    told = blocks.select(pl.col("members").explode())
    left = left_lineage(said.join(told, left_on="id", right_on="members", how="anti"), settings)
    funnel = Funnel()
    if len(left):
        left.write_parquet(desk.place(f"lineage/threads-{task.index:05d}.parquet"))
        funnel.drop("documents", left)
    return {"blocks": len(blocks), "joined": len(said), "funnel": funnel.to_json()}


def _said(rows: pl.DataFrame, kind: str) -> Said:
    found: Said = defaultdict(list)
    for thread, row, text in rows.filter(pl.col("kind") == kind).select("thread", "id", "text").iter_rows():
        found[thread].append((row, text))
    return found


def _blocks(
    alone: pl.DataFrame, comments: Said, queries: Said, settings: DocumentSettings, recipe: CurationRecipe
) -> pl.DataFrame:
    table = with_tokens(alone, recipe.tokens.model_copy(update={"keep_ids": False}))
    table = table.with_columns(first=pl.col("text").str.strip_chars().str.split("\n").list.first())
    table = table.select("id", "source", "language", "licence", "kind", "text", "tokens", "first")
    told = table["id"].is_in([*comments, *queries])
    plain = table.filter(~told).with_columns(members=pl.concat_list("id"))
    count = counter_of(recipe.tokens)
    written = [
        _written(row, comments, queries, settings, count) for row in table.filter(told).iter_rows(named=True)
    ]
    joined = pl.DataFrame(written, schema=plain.schema) if written else plain.clear()
    return pl.concat([plain, joined]).sort("id")


def _written(
    row: dict[str, Any], comments: Said, queries: Said, settings: DocumentSettings, count: CountTokens
) -> dict[str, Any]:
    thread = Thread(
        id=row["id"],
        text=row["text"],
        language=row["language"] or "",
        comments=comments.get(row["id"], ()),
        queries=queries.get(row["id"], ()),
    )
    block = block_of(thread, settings, count)
    return row | {
        "text": block.text,
        "tokens": block.tokens,
        "members": list(block.members),
        "first": first_line(row["text"]),
    }
