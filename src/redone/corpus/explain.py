"""Tells why a post is not in the corpus, or where it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from redone.corpus.durable import read_json
from redone.corpus.summary import SUMMARY
from redone.errors import UserError

MOST_HOPS = 8
"""Keepers that are followed: a copy of a post that was like a third one."""


def explain(run: Path, post: str) -> list[str]:
    """Return sentences on what became of a post, by its id.

    Raises:
        UserError: the folder holds no finished run, or no row of that id was ever read.

    """
    if read_json(run / SUMMARY) is None:
        raise UserError(f"{run}: no finished curation run ({SUMMARY} is missing); run `redone curate` first")
    told: list[str] = []
    current = post
    for _ in range(MOST_HOPS):
        decision = _decision(run, current)
        if decision is None:
            told += _kept(run, current) if not told else [f"{current}: " + _kept(run, current)[0]]
            return told
        told.append(_sentence(current, decision))
        if not decision["keeper"]:
            return told
        current = decision["keeper"]
    return told


def _named(post: str, column: pl.Expr | None = None) -> pl.Expr:
    """Whether a row is meant: by its whole id, or by its id within its source."""
    column = pl.col("id") if column is None else column
    return (column == post) | column.str.ends_with(f"/{post}")


def _decision(run: Path, post: str) -> dict[str, Any] | None:
    files = sorted((run / "lineage").glob("*.parquet"))
    for path in files:
        found = pl.scan_parquet(path).filter(_named(post)).collect()
        if len(found):
            return found.row(0, named=True)
    return None


def _sentence(post: str, decision: dict[str, Any]) -> str:
    why = f"{decision['reason']}, {decision['detail']}" if decision["detail"] else decision["reason"]
    text = f"{post}: dropped by step '{decision['step']}': {why}. Source '{decision['source']}'"
    if decision["keeper"]:
        text += f". Cluster '{decision['cluster']}', kept instead: {decision['keeper']}"
    shown = " ".join((decision["text"] or "").split())
    return f"{text}. Its text began: {shown!r}" if shown else text


def _kept(run: Path, post: str) -> list[str]:
    for path in sorted((run / "documents").glob("*.parquet")):
        table = pl.scan_parquet(path)
        names = table.collect_schema().names()
        has = _named(post)
        if "members" in names:
            has = has | pl.col("members").list.eval(_named(post, pl.element())).list.any()
        found = table.filter(has).select("id", "kind", "source", "tokens").collect()
        if len(found):
            row = found.row(0, named=True)
            return [
                f"{post}: kept, in document {row['id']} ({row['kind']}, source '{row['source']}', "
                f"{row['tokens']} tokens) of documents/{path.name}"
            ]
    near = _like(run, post)
    raise UserError(
        f"'{post}': no row of that id was read"
        + (f"; did you mean {near}?" if near else "; ids are as in the input, without spaces around them")
    )


def _like(run: Path, post: str) -> str:
    start = post[: max(3, len(post) - 2)]
    for path in sorted((run / "documents").glob("*.parquet")):
        found = (
            pl.scan_parquet(path).filter(pl.col("id").str.starts_with(start)).select("id").head(1).collect()
        )
        if len(found):
            return str(found.item())
    return ""
