"""Stage 7, once, where there is a log of interactions: one table of events, and which search led to which note."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from redone.corpus.settings.document_settings import InteractionMapping
from redone.corpus.work import Desk, Task
from redone.errors import UserError


def run(task: Task, desk: Desk) -> Mapping[str, Any]:
    """Write events (user, note, when, query, kind) by ids of the corpus, and (query, note) of searches."""
    mapping = InteractionMapping.model_validate(task.settings)
    raw = pl.concat([_read(Path(path), mapping) for path in task.inputs["files"]])
    whole = raw.with_columns(when=pl.col("created").fill_null("")).with_row_index("order")
    usable = whole.filter(
        pl.col("user").is_not_null() & (pl.col("note").is_not_null() | pl.col("query").is_not_null())
    )
    events = usable.select(
        "user",
        note=pl.lit(f"{mapping.notes}/") + pl.col("note"),
        query=pl.lit(f"{mapping.queries}/") + pl.col("query"),
        kind=pl.col("kind").fill_null("click"),
        when=pl.struct("when", "order").rank("ordinal").cast(pl.UInt32),
    )
    events.write_parquet(desk.place(f"{task.name}.events.parquet"), compression="lz4")
    led = (
        events.filter(
            pl.col("query").is_not_null() & pl.col("note").is_not_null() & (pl.col("kind") != "view")
        )
        .group_by("query", "note")
        .len()
        .sort(["len", "note"], descending=[True, False])
        .unique("query", keep="first", maintain_order=True)
    )
    led.write_parquet(desk.place(f"{task.name}.led.parquet"))
    return {"events": len(events), "unusable": len(raw) - len(events)}


def _read(path: Path, mapping: InteractionMapping) -> pl.DataFrame:
    """The log's columns as text under our names."""
    named = {"user": mapping.user, "note": mapping.note, "kind": mapping.kind, "created": mapping.created}
    named |= {"query": mapping.query}
    suffixes = [suffix.lower() for suffix in path.suffixes]
    try:
        if ".parquet" in suffixes:
            table = pl.read_parquet(path)
        elif ".csv" in suffixes or ".tsv" in suffixes:
            mark = "\t" if ".tsv" in suffixes else ","
            table = pl.read_csv(path, separator=mark, infer_schema=False, encoding="utf8-lossy")
        else:
            wanted = dict.fromkeys((name for name in named.values() if name), pl.String)
            table = pl.read_ndjson(path, schema=wanted, ignore_errors=True)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise UserError(f"interactions: {path} cannot be read ({str(error).splitlines()[0]})") from error
    for key in ("user", "note"):
        if named[key] not in table.columns:
            raise UserError(
                f"interactions.{key} = '{named[key]}': {path} has no such column; it has {', '.join(table.columns)}"
            )
    return table.select(
        (
            pl.col(name).cast(pl.String).replace("", None)
            if name in table.columns
            else pl.lit(None, pl.String)
        ).alias(key)
        for key, name in named.items()
    )
