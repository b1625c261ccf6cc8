"""The stages after the duplicates are known: documents of single rows, or of what belongs together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from redone.corpus.pipeline import Pipeline, shard_spans
from redone.corpus.settings.document_settings import InteractionMapping
from redone.corpus.work import Record, reads_of
from redone.errors import UserError

EVENTS_PER_PART = 250_000
"""Events that a task turns into histories at a time."""
ROWS_PER_PART = 500_000
"""Rows whose texts a task holds in memory at a time."""


def join_documents(
    pipe: Pipeline, roots: Sequence[Path], rows: Sequence[Record], decisions: Sequence[Record]
) -> list[Record]:
    """Run the stages and return the records that count rows and documents."""
    recipe = pipe.recipe
    settings = recipe.model_dump(mode="json", include={"documents", "tokens"})
    counts = [record.facts["rows"] for record in rows]
    belongs = recipe.interactions is not None or any(record.facts["parents"] for record in rows)
    parts = sum(counts) // ROWS_PER_PART + 1 if recipe.documents is not None and belongs else 0
    events = _events(pipe, roots) if parts else []
    decided = reads_of(decisions, ".decisions.parquet") + reads_of(events, ".led.parquet")
    texts = pipe.stage(
        "texts",
        settings,
        [{**span, "parts": parts} for span in shard_spans(counts)],
        lambda i: reads_of([rows[i]], ".rows.arrow") + decided,
    )
    if not parts:
        return texts
    return [*texts, *events, *_joined(pipe, settings, parts, events, texts)]


def _joined(
    pipe: Pipeline, settings: dict[str, Any], parts: int, events: Sequence[Record], texts: Sequence[Record]
) -> list[Record]:
    unique = reads_of(texts, ".unique.parquet")
    threads = pipe.stage("threads", settings, [{}] * parts, lambda _: unique)
    blocks = reads_of(threads, ".blocks.parquet")
    log = reads_of(events, ".events.parquet")
    graph = pipe.stage("graph", settings, [{}], lambda _: blocks + log) if events else []
    same = [{"parts": parts}] * parts
    found = reads_of(graph, ".clusters.parquet")
    documents = pipe.stage("documents", settings, same, lambda _: blocks + found)
    assert pipe.recipe.documents is not None
    if events and pipe.recipe.documents.histories:
        readers = sum(record.facts["events"] for record in events) // EVENTS_PER_PART + 1
        documents += pipe.stage("histories", settings, [{"parts": readers}] * readers, lambda _: blocks + log)
    return [*threads, *graph, *documents]


def _events(pipe: Pipeline, roots: Sequence[Path]) -> list[Record]:
    mapping = pipe.recipe.interactions
    if mapping is None:
        return []
    files = [path for pattern in mapping.files for path in _found(pattern, roots)]
    given = [[str(path), path.stat().st_size, path.stat().st_mtime_ns] for path in files]
    task = {"files": [path for path, _, _ in given], "stamps": given}
    return pipe.stage("events", _named(mapping), [task])


def _named(mapping: InteractionMapping) -> dict[str, Any]:
    return mapping.model_dump(mode="json")


def _found(pattern: str, roots: Sequence[Path]) -> list[Path]:
    for root in roots:
        found = sorted(root.glob(pattern)) if "*" in pattern else [root / pattern]
        if found := [path for path in found if path.is_file()]:
            return found
    raise UserError(f"interactions.files: '{pattern}' matches no file below {', '.join(map(str, roots))}")
