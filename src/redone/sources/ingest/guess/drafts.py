"""From the columns of a set to the tasks that they allow: each shape is tried in turn."""

from __future__ import annotations

from redone.sources.ingest.guess.dialogues import chat, turn_lists, turn_rows
from redone.sources.ingest.guess.drafter import Drafter
from redone.sources.ingest.guess.logs import behaviour
from redone.sources.ingest.guess.marked import questions, spans, tagged
from redone.sources.ingest.guess.pairs import pair, parallel
from redone.sources.ingest.guess.posts import posts

TOLD_BY_STRUCTURE = (chat, questions, tagged, turn_lists, turn_rows)
TOLD_BY_COLUMNS = (parallel, spans, pair, posts)


def draft(drafter: Drafter) -> None:
    """Look for each shape: what is told by structure first, what is told by names and values last."""
    if not any(shape(drafter) for shape in TOLD_BY_STRUCTURE):
        any(shape(drafter) for shape in TOLD_BY_COLUMNS)
        if not drafter.file.tasks:
            behaviour(drafter)
    drafter.split()
