"""How a note with what belongs to it reads in a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from redone.corpus.settings.document_settings import DocumentSettings
from redone.corpus.tokens import CountTokens

LABELS = {
    "zh": {"comments": "评论：", "queries": "搜索：", "history": "先后看过：", "between": "；"},
    "en": {"comments": "Comments: ", "queries": "Searched: ", "history": "Read in turn: ", "between": " / "},
}
"""Our own words; a language that has none reads in English."""
BETWEEN_NOTES = "\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A note's text and what belongs to it: comments by likes, queries by how often they led here."""

    id: str
    text: str
    language: str = ""
    comments: Sequence[tuple[str, str]] = ()
    """(id, text)"""
    queries: Sequence[tuple[str, str]] = ()
    """(id, text)"""


@dataclass(frozen=True, slots=True)
class Block:
    """A thread as text, its tokens, and the ids of what was said in it."""

    text: str
    tokens: int
    members: tuple[str, ...]


def labels(language: str) -> dict[str, str]:
    """The words between the parts of a document."""
    return LABELS.get(language[:2], LABELS["en"])


def block_of(thread: Thread, settings: DocumentSettings, count: CountTokens) -> Block:
    """Write a thread within ``settings.tokens``: searches are left out first, then the least liked comments.

    The note itself is never cut.
    """
    words = labels(thread.language)
    comments = list(thread.comments[: settings.comments])
    queries = list(thread.queries[: settings.queries])
    while True:
        text = _written(thread.text, [t for _, t in comments], [t for _, t in queries], words)
        tokens = count(text)
        if tokens <= settings.tokens or not (comments or queries):
            members = (thread.id, *(i for i, _ in comments), *(i for i, _ in queries))
            return Block(text, tokens, members)
        (queries or comments).pop()


def _written(note: str, comments: Sequence[str], queries: Sequence[str], words: dict[str, str]) -> str:
    lines = [note]
    if comments:
        lines.append(words["comments"] + words["between"].join(map(one_line, comments)))
    if queries:
        lines.append(words["queries"] + words["between"].join(map(one_line, queries)))
    return "\n".join(lines)


def one_line(text: str) -> str:
    """The text without line breaks."""
    return " ".join(text.split())


def first_line(text: str) -> str:
    """The first line that says something: a note's title."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
