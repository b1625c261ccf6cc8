"""What a community platform knows: people, what they write, and what they do.

Every class is a plain frozen value. Times are ISO dates (``2026-03-01``). ``labels`` holds what annotators
(or the simulator's ground truth) say about a record, by label name; an absent name means "not annotated".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Language = Literal["zh", "en"]
InteractionKind = Literal["view", "like", "collect", "search", "click"]


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who reads and writes. ``interests`` are top-level categories, strongest first."""

    id: str
    language: Language
    interests: tuple[str, ...] = ()
    persona: str = ""
    gender: str = ""
    age_band: str = ""
    joined: str = ""


@dataclass(frozen=True, slots=True)
class Entity:
    """A named thing and how it is written in the text, for example ``Entity("brand", "Nova")``."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A post. ``category`` is the taxonomy path from the root, at most three levels.

    Label names in use: ``sentiment`` (positive, negative, neutral), ``sarcasm`` (yes, no), ``clickbait``
    (yes, no), ``harm`` (none or a policy category), ``appeal`` (yes when men and women would both discuss
    it, else no), ``genre`` (shopping, outing, diary). Labels that quote the text: ``time``, ``company``,
    ``opinion``, and ``evidence``, the sentence that breaks a rule.
    """

    id: str
    author_id: str
    language: Language
    created: str = ""
    title: str = ""
    body: str = ""
    hashtags: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    entities: tuple[Entity, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    template: str = ""
    """Which sentence pattern wrote it; empty for real text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """An answer to a note, or to another comment when ``parent_id`` is set.

    ``highlights`` are the words that a reader would tap to search on (SNS-Bench CHLW); None when nobody
    annotated them, empty when there are none. Label names in use: ``sentiment``, ``emotion``, ``act`` (advice,
    experience, remark).
    """

    id: str
    note_id: str
    author_id: str
    language: Language
    text: str
    parent_id: str = ""
    created: str = ""
    likes: int = 0
    highlights: tuple[str, ...] | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a user typed into the search box.

    Label names in use: ``intent``, ``category``, ``topic``, ``audience`` (the last two as the text has them).
    """

    id: str
    user_id: str
    language: Language
    text: str
    created: str = ""
    after_note_id: str = ""
    """The note that was being read just before, if the search came from there (post-view search)."""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relevance:
    """How well a note answers a query: -1 unrelated, 0, 1, 2, 3 fully (the five levels of SNS-Bench)."""

    query_id: str
    note_id: str
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """One event of the log. ``position`` is the rank at which the note was shown, from 0."""

    user_id: str
    kind: InteractionKind
    created: str = ""
    note_id: str = ""
    query_id: str = ""
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ParallelText:
    """The same post, comment or title in Chinese and English. ``references_*`` are further good versions.

    Kinds with tasks of their own: ``hashtags``, ``emoji``, ``thread``, and ``word`` or ``word/brand`` (an
    entry of the glossary, with its kind after the slash).
    """

    id: str
    zh: str
    en: str
    kind: str = "note"
    references_zh: tuple[str, ...] = ()
    references_en: tuple[str, ...] = ()
    template: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A slang word, what it means, and the dates between which people use it."""

    text: str
    language: Language
    meaning: str
    born: str = ""
    died: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A block of a platform that is complete in itself: every id that a record names is in the block.

    Sources yield blocks, so that a platform of any size streams through bounded memory.
    """

    users: tuple[User, ...] = ()
    notes: tuple[Note, ...] = ()
    comments: tuple[Comment, ...] = ()
    queries: tuple[Query, ...] = ()
    relevance: tuple[Relevance, ...] = ()
    interactions: tuple[Interaction, ...] = ()
    parallel: tuple[ParallelText, ...] = ()
    terms: tuple[Term, ...] = ()
    policy: Mapping[str, str] = field(default_factory=dict)
    """The written policy on harmful content: category -> clause."""
