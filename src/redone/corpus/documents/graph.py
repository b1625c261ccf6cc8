"""Which notes the same people read: a graph of notes, from the log of who read what.

Edges weigh ``w / sqrt(n_a n_b)``: ``w`` readers in common, ``n`` readers of each. Hubs are cut twice over: popular
notes, and readers of everything. An edge stays only where each note is among the other's nearest, which keeps
chance readers from joining communities (our choice; the papers do not say how documents were formed).
"""

from __future__ import annotations

import polars as pl

from redone.corpus.settings.document_settings import DocumentSettings

PAIRS_AT_ONCE = 1_000_000
"""Pairs of notes held in memory at a time (24 bytes each)."""
EDGES = {"a": pl.UInt32, "b": pl.UInt32, "weight": pl.Float64}


def related_notes(events: pl.DataFrame, settings: DocumentSettings) -> pl.DataFrame:
    """Return the edges between related notes, strongest first; ties go by number.

    Args:
        events: one row per reading: ``user`` and ``note`` (UInt32 numbers), ``when`` (any ordered type, used
            to find a reader's latest notes).
        settings: hub cuts and the number of neighbours.

    Returns:
        ``a``, ``b`` (UInt32, a < b) and ``weight`` (0..1].

    """
    readings = _without_hubs(events, settings)
    if readings.is_empty():
        return pl.DataFrame(schema=EDGES)
    readers = readings.group_by("note").agg(pl.len().cast(pl.Float64).alias("n"))
    degree = readings.group_by("user").len()["len"].cast(pl.Float64)
    pairs = float((degree * (degree - 1.0)).sum())
    parts = int(pairs / PAIRS_AT_ONCE) + 1
    found = [_edges_of_part(readings, readers, part, parts, settings) for part in range(parts)]
    return _mutual(pl.concat(found), settings.neighbours)


def _without_hubs(events: pl.DataFrame, settings: DocumentSettings) -> pl.DataFrame:
    """Each reader's latest notes, once each, without notes that a large share of readers read."""
    once = events.group_by("user", "note").agg(pl.col("when").max())
    limit = max(settings.hub_readers, int(settings.hub_share * events["user"].n_unique()))
    counts = once.group_by("note").len()
    once = once.join(counts.filter(pl.col("len") <= limit).select("note"), on="note", how="semi")
    latest = pl.struct(["when", "note"]).rank("ordinal", descending=True).over("user")
    return once.filter(latest <= settings.reader_notes).select("user", "note")


def _edges_of_part(
    readings: pl.DataFrame, readers: pl.DataFrame, part: int, parts: int, settings: DocumentSettings
) -> pl.DataFrame:
    """All edges whose smaller note falls into this part: complete, so that parts only need to be put together."""
    left = readings.filter(pl.col("note") % parts == part)
    return (
        left.lazy()
        .join(readings.lazy().rename({"note": "b"}), on="user")
        .filter(pl.col("note") < pl.col("b"))
        .group_by(pl.col("note").alias("a"), "b")
        .agg(pl.len().alias("w"))
        .filter(pl.col("w") >= settings.least_shared)
        .join(readers.lazy().rename({"note": "a", "n": "n_a"}), on="a")
        .join(readers.lazy().rename({"note": "b", "n": "n_b"}), on="b")
        .select("a", "b", (pl.col("w") / (pl.col("n_a") * pl.col("n_b")).sqrt()).alias("weight"))
        .collect()
    )


def _mutual(edges: pl.DataFrame, neighbours: int) -> pl.DataFrame:
    """Edges that are among the strongest of both their notes."""
    both = pl.concat(
        [
            edges.select(pl.col("a").alias("from"), pl.col("b").alias("to"), "weight"),
            edges.select(pl.col("b").alias("from"), pl.col("a").alias("to"), "weight"),
        ]
    ).sort(["from", "weight", "to"], descending=[False, True, False])
    near = both.filter(pl.int_range(pl.len()).over("from") < neighbours)
    kept = edges.join(near.select(a="from", b="to"), on=["a", "b"], how="semi")
    kept = kept.join(near.select(b="from", a="to"), on=["a", "b"], how="semi")
    return kept.sort(["weight", "a", "b"], descending=[True, False, False])
