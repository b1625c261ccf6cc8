"""Reading a curated corpus, as continued pretraining does."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from redone.corpus.durable import read_json
from redone.corpus.summary import SUMMARY
from redone.errors import UserError


def open_corpus(folder: Path, *, mixed: bool = True) -> Iterator[tuple[str, str]]:
    """Yield (source, text) of every document, in the order of the files.

    Args:
        folder: what ``redone curate --out`` wrote.
        mixed: repeat or leave out documents so that sources have the shares of the recipe's mixture; a share of
            a copy is decided by the document's id, so that the same documents are read every time.

    Raises:
        UserError: there is no finished corpus in the folder.

    """
    # Parquet is only needed by who reads a corpus; the package is imported by who makes documents in memory too.
    import polars as pl

    summary = read_json(folder / SUMMARY)
    if not isinstance(summary, dict):
        raise UserError(f"{folder}: no finished corpus ({SUMMARY} is missing); run `redone curate` first")
    copies = {row["source"]: row["copies"] for row in summary.get("mixture", [])} if mixed else {}
    for name in summary["files"]:
        path = folder / name
        if not path.is_file():
            raise UserError(f"{path}: is missing; run the same `redone curate` command again")
        for batch in pl.scan_parquet(path).select("id", "source", "text").collect_batches():
            for row, source, text in batch.iter_rows():
                for _ in range(times(copies.get(source, 1.0), row)):
                    yield source, text


def times(copies: float, row: str) -> int:
    """How often a document is read when its source is read ``copies`` times."""
    whole = int(copies)
    digest = hashlib.blake2b(row.encode(), digest_size=8).digest()
    return whole + (int.from_bytes(digest, "big") < (copies - whole) * 2**64)
