"""Settings of interaction documents."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from redone.corpus.settings.node import Settings

Engagement = Literal["view", "like", "collect", "click"]


class InteractionMapping(Settings):
    """Where the log of interactions is, and what its columns mean."""

    files: Annotated[tuple[str, ...], Field(min_length=1)]
    """Files or * patterns below an input folder (jsonl, csv, tsv, parquet; gz and zst)."""
    notes: str
    """Source of the notes that the log names."""
    queries: str = ""
    """Source of the searches that it names, if any."""
    user: str = "user_id"
    """Column with the reader."""
    note: str = "note_id"
    """Column with the note that was read."""
    kind: str = "kind"
    """Column with the kind of event."""
    created: str = "created"
    """Column with the time, in any form whose text sorts by time; empty: the order of the rows."""
    query: str = ""
    """Column with the search that led there."""


class DocumentSettings(Settings):
    """How notes, what was said below them and who read them together become documents."""

    tokens: int = Field(default=512, ge=16)
    """Most tokens of a document that joins several notes; a longer single note stays whole, alone."""
    comments: int = Field(default=8, ge=0)
    """Most comments below a note, the most liked first."""
    queries: int = Field(default=4, ge=0)
    """Most searches that led to a note, the most frequent first."""
    engagement: tuple[Engagement, ...] = ("click", "like", "collect")
    """Events that count as reading a note. Views are what was shown, not what was chosen."""
    least_shared: int = Field(default=2, ge=1)
    """Fewest readers that two notes must share to be related."""
    hub_share: float = Field(default=0.05, gt=0.0, le=1.0)
    """Notes read by a larger share of all readers relate to everything, hence to nothing: they are cut."""
    hub_readers: int = Field(default=50, ge=2)
    """No note with fewer readers is a hub, however few readers there are."""
    reader_notes: int = Field(default=60, ge=2)
    """Latest notes of a reader that count: pairs grow with the square, and robots read everything."""
    neighbours: int = Field(default=10, ge=1)
    """Strongest relations kept per note; both notes must have the other among theirs."""
    cluster_notes: int = Field(default=8, ge=1)
    """Most notes of a document."""
    histories: bool = True
    """Also write what single readers read and searched, in order of time."""
    history_notes: int = Field(default=6, ge=2)
    """Most notes in a reader's history; only the first line of each is told."""
    history_least: int = Field(default=3, ge=2)
    """Readers with fewer notes get no history."""
