"""Queries against notes and against each other: the best note, the order of notes, the same need."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from redone.records import Note, Platform, Query
from redone.tasks.forms import CHOICE, ORDER
from redone.tasks.labelled import YES_NO
from redone.tasks.lookup import a_few, grouped, headline, note_templates, note_units, notes_by_id
from redone.tasks.options import LETTERS, lettered
from redone.tasks.task import Draft, Task
from redone.tasks.wording import say

_SHOWN = 3


def _by_grade(platform: Platform) -> Iterator[tuple[Query, list[tuple[Note, int]]]]:
    """Each query with one note per grade, the best first. A title shows the topic alone: 2 and 3 are one."""
    notes = notes_by_id(platform)
    queries = {query.id: query for query in platform.queries}
    for query_id, judgements in grouped(platform.relevance, lambda r: r.query_id).items():
        grades: dict[int, tuple[Note, int]] = {}
        taken: set[str] = set()
        for judgement in sorted(judgements, key=lambda r: -r.level):
            level = min(judgement.level, 2)
            if judgement.note_id not in taken and level not in grades:
                taken.add(judgement.note_id)
                grades[level] = (notes[judgement.note_id], level)
        yield queries[query_id], list(grades.values())


def _best(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """The nearest wrong notes are shown: same sub-category first, then same category."""
    for query, graded in _by_grade(platform):
        if len(graded) < _SHOWN or graded[0][1] < 2:
            continue
        shown = [note for note, _ in graded[:_SHOWN]]
        letter, slots = lettered(headline(shown[0]), [headline(note) for note in shown[1:]], rng)
        yield _draft(query, shown, letter, slots, LETTERS[:_SHOWN])


def _ranking(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    for query, graded in _by_grade(platform):
        if len(graded) < _SHOWN:
            continue
        ranked = sorted(rng.sample(graded, _SHOWN), key=lambda pair: -pair[1])
        mixed = rng.sample(ranked, _SHOWN)
        letters = dict(zip((note.id for note, _ in mixed), LETTERS, strict=False))
        slots = {letters[note.id].lower(): headline(note) for note, _ in mixed}
        order = " ".join(letters[note.id] for note, _ in ranked)
        levels = " , ".join(f"{letters[note.id]} {level}" for note, level in ranked)
        yield _draft(query, [note for note, _ in mixed], order, slots, (), levels)


def _draft(
    query: Query,
    shown: Sequence[Note],
    answer: str,
    slots: dict[str, str],
    choices: tuple[str, ...],
    rationale: str = "",
) -> Draft:
    return Draft(
        language=query.language,
        slots={"query": query.text, **slots},
        answers=(answer,),
        choices=choices,
        rationale=rationale,
        templates=note_templates(*shown),
        units=(query.id, query.user_id, *note_units(*shown)),
    )


def _same_need(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """Two queries of one topic and intent for different people, or with one of the two changed."""
    known = [q for q in platform.queries if {"topic", "intent"} <= set(q.labels)]
    by_topic = grouped(known, lambda q: (q.language, q.labels["topic"]))
    by_intent = grouped(known, lambda q: (q.language, q.labels["intent"]))
    for query in known:
        code = rng.choice(YES_NO)
        alike = by_topic[query.language, query.labels["topic"]]
        if code == "no" and rng.random() < 0.5:
            alike = by_intent[query.language, query.labels["intent"]]
        needs = (query.labels["topic"], query.labels["intent"])
        pool = [
            q
            for q in a_few(alike, rng)
            if q.text != query.text and ((q.labels["topic"], q.labels["intent"]) == needs) == (code == "yes")
        ]
        if not pool:
            continue
        other = rng.choice(pool)
        said = [f"{q.labels['topic']} {say(q.labels['intent'], query.language)}" for q in (query, other)]
        yield Draft(
            language=query.language,
            slots={"one": query.text, "two": other.text},
            answers=(say(code, query.language),),
            choices=tuple(say(choice, query.language) for choice in YES_NO),
            rationale=" , ".join(said),
            units=(query.id, query.user_id, other.id, other.user_id),
        )


QUERY_TASKS = (
    Task(
        id="best_note",
        capability="matching",
        suite="sns",
        title={"en": "The note that answers best", "zh": "最相关的笔记"},
        prompts={
            "en": (
                "Query: {query}\nA: {a}\nB: {b}\nC: {c}\nBest:",
                'Which note answers the search "{query}" best? A: {a} B: {b} C: {c}',
                "A: {a}\nB: {b}\nC: {c}\nBest note for {query}:",
            ),
            "zh": (
                "搜索：{query}\nA：{a}\nB：{b}\nC：{c}\n最相关：",
                "哪篇笔记最能回答搜索“{query}”？A：{a} B：{b} C：{c}",
                "A：{a}\nB：{b}\nC：{c}\n搜索{query}，哪篇最相关？",
            ),
        },
        **CHOICE,
        needs=("relevance", "queries", "notes"),
        truth="label",
        negatives="notes of the nearest levels: same sub-category first",
        build=_best,
        max_share=0.4,
    ),
    Task(
        id="rank_notes",
        capability="matching",
        suite="sns",
        title={"en": "Order of three notes", "zh": "笔记排序"},
        prompts={
            "en": (
                "Query: {query}\nA: {a}\nB: {b}\nC: {c}\nOrder, best first:",
                'Order the notes for the search "{query}", best first: A: {a} B: {b} C: {c}',
                "A: {a}\nB: {b}\nC: {c}\nOrder for the search {query}, best first:",
            ),
            "zh": (
                "搜索：{query}\nA：{a}\nB：{b}\nC：{c}\n从好到差排序：",
                "按搜索“{query}”从好到差给笔记排序：A：{a} B：{b} C：{c}",
                "A：{a}\nB：{b}\nC：{c}\n对搜索{query}从好到差排序：",
            ),
        },
        **ORDER,
        needs=("relevance", "queries", "notes"),
        truth="label",
        negatives="neighbouring levels of relevance",
        build=_ranking,
        max_share=0.25,
    ),
    Task(
        id="query_pair",
        capability="matching",
        suite="sns",
        title={"en": "Same need in two queries", "zh": "两次搜索是否同一需求"},
        prompts={
            "en": (
                "1: {one}\n2: {two}\nSame need, yes or no?",
                "Do these searches want the same, yes or no? {one} / {two}",
                "{one} / {two}\nDo these want the same, yes or no?",
            ),
            "zh": (
                "1：{one}\n2：{two}\n同一需求，是或否？",
                "这两个搜索的需求相同吗，是或否？{one} / {two}",
                "{one} / {two}\n需求相同吗，是或否？",
            ),
        },
        **CHOICE,
        needs=("queries.labels.topic", "queries.labels.intent"),
        truth="label",
        negatives="same topic with another intent, same intent on another topic",
        build=_same_need,
        max_share=0.55,
    ),
)
