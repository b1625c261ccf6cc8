"""The corpus as training reads it: Parquet with texts, token counts and, with a tokenizer, token ids."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from redone.corpus.settings.recipe import CurationRecipe
from redone.corpus.tokens import with_tokens

COLUMNS = ("id", "source", "language", "kind", "licence", "text", "tokens", "ids", "members")
"""Columns of a document file. ``ids`` are token ids; ``members`` the records that a document was made of, where
it was made of several."""
EXAMPLE = 240
"""Characters of an example."""
MOST_EXAMPLES = 24
"""Examples of a task."""
GROUP = 65_536
"""Documents per row group: what a reader holds at a time."""


def write_documents(table: pl.DataFrame, recipe: CurationRecipe, path: Path) -> Mapping[str, Any]:
    """Write documents; return how many there are and their tokens by source and language."""
    table = with_tokens(table, recipe.tokens)
    table = table.select([name for name in COLUMNS if name in table.columns])
    table.write_parquet(path, compression="zstd", compression_level=1, row_group_size=GROUP)
    tallied = table.group_by("source", "language", "licence", "kind").agg(pl.len(), pl.col("tokens").sum())
    rows = tallied.sort(pl.all()).fill_null("").rows()
    return {"documents": len(table), "tally": [list(row) for row in rows]}


def kept_examples(table: pl.DataFrame) -> list[list[str]]:
    """Return a few documents per source and language, chosen by their ids alone: id, source, language, text."""
    drawn = table.select("source", "language", drawn=pl.col("id").hash(17)).with_row_index("row")
    few = drawn.group_by("source", "language").agg(pl.col("row").sort_by("drawn").head(2)).explode("row")
    shown = (
        table[few["row"]].select("id", "source", "language", pl.col("text").str.head(EXAMPLE)).fill_null("")
    )
    return [list(row) for row in shown.sort("source", "language", "id").head(MOST_EXAMPLES).rows()]
