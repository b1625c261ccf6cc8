"""Interaction documents of a platform block that is in memory, such as the simulator's."""

from __future__ import annotations

from collections import Counter, defaultdict

import polars as pl

from redone.corpus.documents.assemble import Document, Step, history_documents, note_documents
from redone.corpus.documents.graph import related_notes
from redone.corpus.documents.template import Thread
from redone.corpus.settings.document_settings import DocumentSettings
from redone.corpus.tokens import CountTokens, estimate_tokens
from redone.records import Note, Platform


def interaction_documents(
    platform: Platform, settings: DocumentSettings | None = None, count: CountTokens = estimate_tokens
) -> list[Document]:
    """Return the documents of a platform block: notes with what belongs to them, then readers' histories.

    Every note with text is in exactly one document of kind ``note`` or ``cluster``; the same block and
    settings give the same documents in the same order.

    Args:
        platform: notes, comments, queries and interactions.
        settings: caps and cuts.
        count: tokens of a text; an estimate without a tokenizer.

    """
    settings = settings or DocumentSettings()
    notes = [note for note in platform.notes if note_text(note).strip()]
    threads = _threads(platform, notes)
    documents = list(note_documents(threads, _edges(platform, notes, settings), settings, count))
    if settings.histories:
        documents += history_documents(_histories(platform, threads, settings), settings, count)
    return documents


def note_text(note: Note) -> str:
    """Title, body and hashtags, one below the other."""
    tags = " ".join(f"#{tag}" for tag in note.hashtags)
    return "\n".join(part for part in (note.title, note.body, tags) if part)


def _threads(platform: Platform, notes: list[Note]) -> list[Thread]:
    comments = defaultdict(list)
    for comment in sorted(platform.comments, key=lambda c: (-c.likes, c.created, c.id)):
        comments[comment.note_id].append((comment.id, comment.text))
    texts = {query.id: query.text for query in platform.queries}
    led: dict[str, Counter[str]] = defaultdict(Counter)
    for event in platform.interactions:
        if event.kind in {"click", "like", "collect"} and event.query_id in texts:
            led[event.note_id][event.query_id] += 1
    return [
        Thread(
            id=note.id,
            text=note_text(note),
            language=note.language,
            comments=comments[note.id],
            queries=_by_count(led[note.id], texts),
        )
        for note in notes
    ]


def _by_count(counts: Counter[str], texts: dict[str, str]) -> list[tuple[str, str]]:
    """(id, text) of each different text, the most frequent first."""
    first: dict[str, str] = {}
    for query in sorted(counts, key=lambda q: (-counts[q], q)):
        first.setdefault(texts[query], query)
    return [(query, text) for text, query in first.items()]


def _edges(platform: Platform, notes: list[Note], settings: DocumentSettings) -> pl.DataFrame:
    number = {note.id: index for index, note in enumerate(notes)}
    users: dict[str, int] = {}
    rows = [
        (users.setdefault(event.user_id, len(users)), number[event.note_id], event.created)
        for event in platform.interactions
        if event.kind in settings.engagement and event.note_id in number
    ]
    schema = {"user": pl.UInt32, "note": pl.UInt32, "when": pl.String}
    return related_notes(pl.DataFrame(rows, schema=schema, orient="row"), settings)


def _histories(
    platform: Platform, threads: list[Thread], settings: DocumentSettings
) -> dict[str, list[Step]]:
    notes = {thread.id: thread for thread in threads}
    queries = {query.id: query for query in platform.queries}
    steps: dict[str, list[Step]] = defaultdict(list)
    for event in sorted(platform.interactions, key=lambda event: event.created):
        if event.kind in settings.engagement and event.note_id in notes:
            note = notes[event.note_id]
            steps[event.user_id].append(Step("note", note.id, note.text, note.language))
        elif event.kind == "search" and event.query_id in queries:
            query = queries[event.query_id]
            steps[event.user_id].append(Step("query", query.id, query.text, query.language))
    return steps
