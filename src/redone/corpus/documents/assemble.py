"""From threads and the graph of notes to documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from redone.corpus.documents.clusters import cluster
from redone.corpus.documents.template import BETWEEN_NOTES, Block, Thread, block_of, first_line, labels
from redone.corpus.settings.document_settings import DocumentSettings
from redone.corpus.tokens import CountTokens

DocumentKind = Literal["note", "cluster", "history", "general"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A training document. ``members`` are the ids of the records that it was made of."""

    id: str
    kind: DocumentKind
    language: str
    text: str
    tokens: int
    members: tuple[str, ...]


def note_documents(
    threads: Sequence[Thread], edges: pl.DataFrame, settings: DocumentSettings, count: CountTokens
) -> Iterator[Document]:
    """Yield one document per cluster of related notes; every note is in exactly one.

    Args:
        threads: the notes, in the order of the numbers that ``edges`` uses.
        edges: ``a``, ``b`` by weight, strongest first (see ``related_notes``).
        settings: caps.
        count: tokens of a text.

    """
    blocks = [block_of(thread, settings, count) for thread in threads]
    gap = max(1, count(BETWEEN_NOTES))
    clusters: dict[int, list[int]] = {}
    for note, first in enumerate(cluster(edges, [b.tokens + gap for b in blocks], settings)):
        clusters.setdefault(first, []).append(note)
    for notes in clusters.values():
        yield _joined([threads[n] for n in notes], [blocks[n] for n in notes], count)


def _joined(threads: Sequence[Thread], blocks: Sequence[Block], count: CountTokens) -> Document:
    text = BETWEEN_NOTES.join(block.text for block in blocks)
    single = len(blocks) == 1
    return Document(
        id=threads[0].id,
        kind="note" if single else "cluster",
        language=threads[0].language,
        text=text,
        tokens=blocks[0].tokens if single else count(text),
        members=tuple(member for block in blocks for member in block.members),
    )


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a reader did: opened a note, or searched (``kind`` "query")."""

    kind: Literal["note", "query"]
    id: str
    text: str
    language: str


def history_documents(
    histories: Mapping[str, Sequence[Step]], settings: DocumentSettings, count: CountTokens
) -> Iterator[Document]:
    """Yield what single readers read and searched, in order of time, without saying who they are.

    Args:
        histories: steps per reader, oldest first.
        settings: caps.
        count: tokens of a text.

    """
    for number, steps in enumerate(histories.values()):
        told = _told(steps)
        if sum(step.kind == "note" for step in told) < settings.history_least:
            continue
        told = told[-settings.history_notes :]
        while told:
            text = _history(told)
            tokens = count(text)
            if tokens <= settings.tokens:
                break
            told = told[1:]
        if sum(step.kind == "note" for step in told) >= 2:
            yield Document(
                id=f"history-{number}",
                kind="history",
                language=told[-1].language,
                text=text,
                tokens=tokens,
                members=tuple(step.id for step in told),
            )


def _told(steps: Sequence[Step]) -> list[Step]:
    """Steps without repetition: a note is opened, liked and collected, and told once, where it was opened."""
    first = {step.id: step for step in reversed(steps)}
    return [step for step in steps if first[step.id] is step and first_line(step.text)]


def _history(steps: Sequence[Step]) -> str:
    words = labels(steps[-1].language)
    parts = [
        first_line(s.text) if s.kind == "note" else f"{words['queries'].strip()} {first_line(s.text)}"
        for s in steps
    ]
    return words["history"] + words["between"].join(parts)
