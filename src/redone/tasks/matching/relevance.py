"""How well a note answers a query: yes or no, and the five levels (SNS-Bench Note-QueryCorr)."""

from __future__ import annotations

import random
from collections.abc import Iterator

from redone.records import Note, Platform, Query
from redone.tasks import rewards
from redone.tasks.labelled import YES_NO
from redone.tasks.lookup import note_templates, note_units, notes_by_id, text_of
from redone.tasks.task import Draft, Task
from redone.tasks.wording import say

LEVELS = ("-1", "0", "1", "2", "3")


def _draft(query: Query, note: Note, answer: str, choices: tuple[str, ...]) -> Draft:
    return Draft(
        language=query.language,
        slots={"query": query.text, "text": text_of(note)},
        answers=(answer,),
        choices=choices,
        templates=note_templates(note),
        units=(query.id, query.user_id, *note_units(note)),
    )


def _judged(platform: Platform) -> Iterator[tuple[Query, Note, int]]:
    notes = notes_by_id(platform)
    queries = {query.id: query for query in platform.queries}
    for judgement in platform.relevance:
        yield queries[judgement.query_id], notes[judgement.note_id], judgement.level


def _answers(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """Levels 2 and 3 are a yes, -1 and 0 a no; level 1 is neither and is not asked."""
    for query, note, level in _judged(platform):
        if level != 1:
            code = "yes" if level >= 2 else "no"
            said = tuple(say(choice, query.language) for choice in YES_NO)
            yield _draft(query, note, say(code, query.language), said)


def _level(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    for query, note, level in _judged(platform):
        yield _draft(query, note, str(level), LEVELS)


RELEVANCE = (
    Task(
        id="query_note",
        capability="matching",
        suite="sns",
        title={"en": "Does the note answer the query", "zh": "搜索与笔记相关"},
        prompts={
            "en": (
                "Query: {query}\nNote: {text}\nMatch, yes or no?",
                'Does this note answer the search "{query}", yes or no? {text}',
                'Note: {text}\nDoes it answer the search "{query}", yes or no?',
            ),
            "zh": (
                "搜索：{query}\n笔记：{text}\n相关，是或否？",
                "笔记能回答搜索“{query}”吗，是或否？{text}",
                "笔记：{text}\n对搜“{query}”的人有用吗，是或否？",
            ),
        },
        answer="label",
        parser="label",
        reward=rewards.EXACT,
        metric="accuracy",
        needs=("relevance", "queries", "notes"),
        truth="label",
        negatives="notes on near topics",
        build=_answers,
        max_share=0.55,
    ),
    Task(
        id="query_level",
        capability="matching",
        suite="sns",
        title={"en": "Level of relevance", "zh": "搜索相关等级"},
        prompts={
            "en": (
                "Query: {query}\nNote: {text}\nRelevance, -1 to 3:",
                'How well does this note answer "{query}", from -1 to 3? {text}',
                'Note: {text}\nHow well does it answer "{query}", -1 to 3?',
            ),
            "zh": (
                "搜索：{query}\n笔记：{text}\n相关等级，-1到3：",
                "笔记对“{query}”的相关程度，-1到3？{text}",
                "笔记：{text}\n对“{query}”的相关等级，-1到3？",
            ),
        },
        answer="label",
        parser="label",
        reward=rewards.EXACT,
        metric="accuracy",
        needs=("relevance", "queries", "notes"),
        truth="label",
        negatives="the neighbouring levels",
        build=_level,
        max_share=0.3,
    ),
)
