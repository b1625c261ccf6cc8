"""Tells why a post is not in the corpus, or where it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from redone.corpus.durable import read_json
from redone.corpus.quarantine import QUARANTINE
from redone.corpus.summary import SUMMARY
from redone.errors import UserError

MOST_HOPS = 8
"""Keepers that are followed: a copy of a post that was like a third one."""
MOST_SHOWN = 10
"""Posts that are told of where an id names several."""


def explain(run: Path, post: str) -> list[str]:
    """Return sentences on what became of a post, by its id; of every one, where several sources have the id.

    Raises:
        UserError: the folder holds no finished run, or no row of that id was ever read.

    """
    if read_json(run / SUMMARY) is None:
        raise UserError(f"{run}: no finished curation run ({SUMMARY} is missing); run `redone curate` first")
    meant = _meant(run, post)
    if not meant:
        aside = set_aside(run, post)
        if aside:
            return aside
        near = _like(run, post)
        raise UserError(
            f"'{post}': no row of that id was read"
            + (f"; did you mean {near}?" if near else "; ids are as in the input, without spaces around them")
        )
    told = [sentence for one in meant[:MOST_SHOWN] for sentence in _chain(run, one)]
    more = len(meant) - MOST_SHOWN
    return told + ([f"and {more} more sources have '{post}'; give the whole id"] if more > 0 else [])


def _chain(run: Path, post: str) -> list[str]:
    """What became of a post, and of what was kept instead."""
    told: list[str] = []
    current = post
    for _ in range(MOST_HOPS):
        decision = _decision(run, current)
        if decision is None:
            return [*told, *_kept(run, current)]
        told.append(_sentence(current, decision))
        if not decision["keeper"]:
            break
        current = decision["keeper"]
    return told


def _meant(run: Path, post: str) -> list[str]:
    """The whole ids that an id names: itself, or the rows of that id in any source."""
    found: set[str] = set()
    for folder in ("lineage", "documents"):
        for path in sorted((run / folder).glob("*.parquet")):
            table = pl.scan_parquet(path)
            columns = [pl.col("id")]
            if "members" in table.collect_schema().names():
                columns.append(pl.col("members").explode())
            for column in columns:
                found |= set(table.select(column.alias("id")).filter(_named(post)).collect()["id"])
    return [post] if post in found else sorted(found)


def _named(post: str) -> pl.Expr:
    """Whether a row is meant: by its whole id, or by its id within its source."""
    return (pl.col("id") == post) | pl.col("id").str.ends_with(f"/{post}")


def _decision(run: Path, post: str) -> dict[str, Any] | None:
    for path in sorted((run / "lineage").glob("*.parquet")):
        found = pl.scan_parquet(path).filter(pl.col("id") == post).collect()
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
        has = pl.col("id") == post
        if "members" in table.collect_schema().names():
            has = has | pl.col("members").list.contains(post)
        found = table.filter(has).select("id", "kind", "source", "tokens").collect()
        if len(found):
            row = found.row(0, named=True)
            return [
                f"{post}: kept, in document {row['id']} ({row['kind']}, source '{row['source']}', "
                f"{row['tokens']} tokens) of documents/{path.name}"
            ]
    raise UserError(f"'{post}' is in no document and in no lineage of {run}; the run is not whole")


def set_aside(run: Path, post: str) -> list[str]:
    """What the quarantine says of a row: by file and line, or by an id that its excerpt names."""
    if not post:
        return []
    word = re.compile(rf"(?<!\w){re.escape(post)}(?!\w)")
    told: list[str] = []
    for row in _quarantined(run):
        place = f"{row['file']}:{row['line']}"
        if post in (place, f"{row['source']}/{place}") or (row["line"] and word.search(row["excerpt"])):
            why = f"{row['reason']}, {row['detail']}" if row["detail"] else row["reason"]
            told.append(f"{place}: set aside while reading: {why}. It began: {row['excerpt']!r}")
            if len(told) == MOST_SHOWN:
                break
    return told


def _quarantined(run: Path) -> Iterator[dict[str, Any]]:
    path = run / QUARANTINE
    if path.is_file():
        with path.open("rb") as lines:
            yield from map(orjson.loads, lines)


def _like(run: Path, post: str) -> str:
    start = post[: max(3, len(post) - 2)]
    for path in sorted((run / "documents").glob("*.parquet")):
        found = (
            pl.scan_parquet(path).filter(pl.col("id").str.starts_with(start)).select("id").head(1).collect()
        )
        if len(found):
            return str(found.item())
    return ""
