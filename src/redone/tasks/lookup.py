"""Look-ups that several builders need, made once per block."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from redone.records import Comment, Note, Platform

T = TypeVar("T")
K = TypeVar("K")


def grouped(items: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """Items by key, in their order."""
    groups: dict[K, list[T]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups


def a_few(pool: Sequence[T], rng: random.Random, count: int = 24) -> list[T]:
    """At most ``count`` of the items, in random order: enough to find a partner in a block of any size."""
    return rng.sample(pool, min(count, len(pool)))


def notes_by_id(platform: Platform) -> dict[str, Note]:
    """Every note of the block by its id."""
    return {note.id: note for note in platform.notes}


def text_of(note: Note) -> str:
    """Return what a prompt shows of a note: the body, or the title when there is no body."""
    return note.body or note.title


def headline(note: Note) -> str:
    """Return the short form of a note: the title, or the body when there is no title."""
    return note.title or note.body


def note_units(*notes: Note) -> tuple[str, ...]:
    """Return the record ids that a prompt made of these notes depends on."""
    return tuple(dict.fromkeys(unit for note in notes for unit in (note.id, note.author_id)))


def note_templates(*notes: Note) -> tuple[str, ...]:
    """Return the sentence patterns behind these notes; empty for real text."""
    return tuple(dict.fromkeys(note.template for note in notes if note.template))


def top_categories(platform: Platform, language: str) -> list[str]:
    """Return the top level of the taxonomy as far as the block shows it, sorted."""
    return sorted({n.category[0] for n in platform.notes if n.category and n.language == language})


def replies_with_parents(platform: Platform) -> list[tuple[Comment, Comment]]:
    """Every reply with the comment that it answers, in one language."""
    by_id = {comment.id: comment for comment in platform.comments}
    pairs = ((c, by_id[c.parent_id]) for c in platform.comments if c.parent_id)
    return [(reply, parent) for reply, parent in pairs if reply.language == parent.language]
