"""What an arm makes of every note, and how good that is by the simulator's truth: computed once per arm."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from redone.experiment.simulate.applications import Applications
from redone.records import Note
from redone.scoring.metrics import evaluate
from redone.scoring.normalise import canonical
from redone.sources.simulator import Topic, World
from redone.sources.simulator.searching import INTENTS, query_text

Flags = npt.NDArray[np.bool_]
_INVITES = ("一起", "聊聊", "？", "?", "join me", "let us")
_SLOT = re.compile(r"{\w+}")
_SHORTEST_PIECE = 2


@dataclass(frozen=True, slots=True)
class Served:
    """One entry per note. ``fit`` (0 to 1) says how near the suggested search is to what readers would type."""

    withheld: Flags
    fit: npt.NDArray[np.float64]
    query: Sequence[str]
    title: Sequence[str]
    vague: Flags
    practical: Flags
    authentic: Flags
    interactive: Flags


def serve(world: World, notes: Sequence[Note], arm: Applications) -> Served:
    """Ask the arm's applications about every note and rate what they say."""
    verdicts, queries, new = arm.harmful(notes), arm.queries(notes), arm.titles(notes)
    titles = [made or note.title for made, note in zip(new, notes, strict=True)]
    ratings = np.array([rate_title(world, n, t) for n, t in zip(notes, titles, strict=True)], dtype=bool)
    return Served(
        np.array([verdict is True for verdict in verdicts]),
        np.array([query_fit(world, n, q) for n, q in zip(notes, queries, strict=True)]),
        queries,
        titles,
        *ratings.reshape(len(notes), 4).T,
    )


def query_fit(world: World, note: Note, query: str) -> float:
    """Similarity to the nearest search of a reader who wants the first thing that the note does not tell."""
    wanted = expected_queries(world, note)
    return evaluate("query_similarity", query, wanted, {}) if query and wanted else 0.0


def expected_queries(world: World, note: Note) -> list[str]:
    """What readers search next, by the rule of the simulator, in all its wordings."""
    topic = _topic_of(world, note)
    if topic is None:
        return []
    told = {entity.kind for entity in note.entities}
    if note.labels.get("sentiment") in {"positive", "negative"}:
        told.add("review")
    intent = next((name for name in INTENTS if name not in told), "review")
    named = [word for word in world.words["company"] if word.say(note.language) in note.body]
    return [
        query_text(world, split, topic, intent, company, note.language)
        for company in named or world.words["company"]
        for split in ("train", "test")
    ]


def rate_title(world: World, note: Note, title: str) -> tuple[bool, bool, bool, bool]:
    """What a careful rater says: vague, practical, authentic, interactive.

    Vague: the note's topic is not named, or the title is one of the platform's baits. Practical: topic and a
    further detail of the note. Authentic: no bait, and no topic, place, product or brand that the note lacks.
    Interactive: it asks or invites.
    """
    text, body = canonical(title), canonical(note.body)
    topic = _topic_of(world, note)
    named = topic is not None and canonical(topic.word.say(note.language)) in text
    bait = any(piece in text for piece in _bait_pieces(world, note.language))
    details = [canonical(word) for word in _details(world, note.language)]
    told = [word for word in details if word in text]
    return (
        bait or not named,
        named and any(word in body for word in told) and not bait,
        not bait and all(word in body for word in told),
        any(sign in text for sign in _INVITES),
    )


def _topic_of(world: World, note: Note) -> Topic | None:
    return next((topic for topic in world.topics if topic.path(note.language) == note.category), None)


def _details(world: World, language: str) -> tuple[str, ...]:
    """Names and times that a title may tell."""
    words = [word for kind in ("place", "product", "when") for word in world.words[kind]]
    return tuple(word.zh if language == "zh" else word.en for word in (*words, *world.brands))


def _bait_pieces(world: World, language: str) -> list[str]:
    """The longest fixed piece of every bait: what makes a title one, whatever its topic."""
    pieces = []
    for pattern in world.patterns("bait"):
        fixed = _SLOT.split(pattern.zh if language == "zh" else pattern.en)
        pieces.append(max((canonical(part) for part in fixed), key=len))
    return [piece for piece in pieces if len(piece) >= _SHORTEST_PIECE]
