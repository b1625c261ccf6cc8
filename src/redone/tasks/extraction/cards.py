"""Structure out of text: a card of named facts, the parts of a query, hashtags written from nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator

from redone.records import Platform
from redone.tasks.extraction.entities import entities_of
from redone.tasks.forms import NAMES
from redone.tasks.lookup import note_templates, note_units, text_of
from redone.tasks.task import Draft, Task
from redone.tasks.wording import listed, say


def _card(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """All kinds of facts at once, each with its name; kinds that the note lacks are left out."""
    kinds = sorted({entity.kind for note in platform.notes for entity in note.entities})
    for note in platform.notes:
        facts = [f"{say(kind, note.language)}={name}" for kind in kinds for name in entities_of(note, kind)]
        if facts and len(kinds) > 1:
            yield Draft(
                language=note.language,
                slots={
                    "text": text_of(note),
                    "kinds": listed((say(kind, note.language) for kind in kinds), note.language),
                },
                answers=(", ".join(facts),),
                templates=note_templates(note),
                units=note_units(note),
            )


def _query_parts(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    for query in platform.queries:
        parts = [query.labels.get(name, "") for name in ("topic", "audience")]
        if all(part and part in query.text for part in parts):
            yield Draft(
                language=query.language,
                slots={"text": query.text},
                answers=(", ".join(parts),),
                units=(query.id, query.user_id),
            )


def _own_tags(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    for note in platform.notes:
        tags = tuple(dict.fromkeys(note.hashtags))
        if tags:
            yield Draft(
                language=note.language,
                slots={"text": text_of(note)},
                answers=(", ".join(tags),),
                logged=" ".join(f"#{tag}" for tag in tags),
                templates=note_templates(note),
                units=note_units(note),
            )


CARDS = (
    Task(
        id="info_card",
        capability="extraction",
        suite="sns",
        title={"en": "Card of facts", "zh": "信息卡片"},
        prompts={
            "en": (
                "{text}\nCard of {kinds} as name=words:",
                "List what the note says as name=words, out of {kinds}: {text}",
                "{text}\nList {kinds} as name=words:",
            ),
            "zh": (
                "{text}\n卡片({kinds})，写成名=词：",
                "按名=词列出笔记的{kinds}：{text}",
                "{text}\n按名=词写出{kinds}：",
            ),
        },
        **NAMES,
        needs=("notes.entities",),
        truth="label",
        negatives="kinds that the note lacks",
        build=_card,
    ),
    Task(
        id="query_parts",
        capability="extraction",
        suite="sns",
        title={"en": "Parts of a query", "zh": "搜索词成分"},
        prompts={
            "en": (
                "Query: {text}\nThing, for whom:",
                'List the thing and for whom it is in the search "{text}":',
                "Query: {text}\nList the thing and for whom it is:",
            ),
            "zh": (
                "搜索：{text}\n东西、给谁：",
                "列出搜索“{text}”里的东西和对象：",
                "搜索：{text}\n列出东西和对象：",
            ),
        },
        **NAMES,
        needs=("queries.labels.topic", "queries.labels.audience"),
        truth="label",
        negatives="the words of the intent",
        build=_query_parts,
    ),
    Task(
        id="hashtag_writing",
        capability="extraction",
        suite="sns",
        title={"en": "Hashtags for a note", "zh": "写话题标签"},
        prompts={
            "en": (
                "{text}\nHashtags:",
                "Write the hashtags of this note: {text}",
                "{text}\nWrite hashtags for this:",
            ),
            "zh": ("{text}\n话题标签：", "给这篇笔记写话题标签：{text}", "{text}\n写标签："),
        },
        **NAMES,
        needs=("notes.hashtags",),
        truth="log",
        negatives="none; the author's own tags, without candidates",
        build=_own_tags,
    ),
)
