"""What somebody clicks and searches: click on a result, next query after a note, query for a note."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

from redone.records import Note, Platform
from redone.tasks import rewards
from redone.tasks.lookup import grouped, headline, note_templates, note_units, notes_by_id, text_of
from redone.tasks.options import lettered
from redone.tasks.task import Draft, Task


def _click(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """Set a clicked note against an unclicked one of the same search, else of the block."""
    notes = notes_by_id(platform)
    queries = {query.id: query for query in platform.queries}
    by_language = grouped(platform.notes, lambda n: n.language)
    of_search = grouped((e for e in platform.interactions if e.query_id and e.note_id), lambda e: e.query_id)
    for query_id, events in of_search.items():
        query = queries[query_id]
        clicked = list(dict.fromkeys(e.note_id for e in events if e.kind == "click"))
        shown = [e.note_id for e in events if e.kind == "view" and e.note_id not in clicked]
        if not clicked:
            continue
        gold = notes[clicked[0]]
        pool = [notes[i] for i in shown] or [rng.choice(by_language[query.language]) for _ in range(4)]
        wrong = [n for n in pool if n.id not in clicked and headline(n) != headline(gold)]
        if gold.language != query.language or not wrong:
            continue
        other = rng.choice(wrong)
        letter, slots = lettered(headline(gold), [headline(other)], rng)
        yield Draft(
            language=query.language,
            slots={"query": query.text, **slots},
            answers=(letter,),
            choices=("A", "B"),
            templates=note_templates(gold, other),
            units=(query.id, query.user_id, *note_units(gold, other)),
        )


def _about(note: Note, texts: Iterable[str], units: Iterable[str]) -> Draft:
    return Draft(
        language=note.language,
        slots={"text": text_of(note)},
        answers=tuple(dict.fromkeys(texts)),
        templates=note_templates(note),
        units=(*note_units(note), *units),
    )


def _next_query(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """Every query that was searched right after the note is an acceptable answer."""
    notes = notes_by_id(platform)
    after = grouped((q for q in platform.queries if q.after_note_id), lambda q: q.after_note_id)
    for note_id, queries in after.items():
        note = notes[note_id]
        own = [q for q in queries if q.language == note.language]
        if own:
            yield _about(note, [q.text for q in own], [u for q in own for u in (q.id, q.user_id)])


def _query_for(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """Every query that the note answers (levels 2 and 3) is acceptable, the best match first."""
    notes = notes_by_id(platform)
    queries = {query.id: query for query in platform.queries}
    judged = grouped((r for r in platform.relevance if r.level >= 2), lambda r: r.note_id)
    for note_id, judgements in judged.items():
        note = notes[note_id]
        ranked = sorted(judgements, key=lambda r: -r.level)
        own = [queries[r.query_id] for r in ranked if queries[r.query_id].language == note.language]
        if own:
            yield _about(note, [q.text for q in own], [u for q in own for u in (q.id, q.user_id)])


SEARCHING = (
    Task(
        id="click",
        capability="behaviour",
        suite="sns",
        title={"en": "Which result is clicked", "zh": "点击预测"},
        prompts={
            "en": (
                "Query: {query}\nA: {a}\nB: {b}\nClicked:",
                'Search "{query}" shows A: {a} B: {b} Which is clicked?',
                "Query: {query}\nWhich is clicked?\nA: {a}\nB: {b}",
            ),
            "zh": (
                "搜索：{query}\nA：{a}\nB：{b}\n点击：",
                "搜“{query}”出现A：{a} B：{b} 点哪个？",
                "搜索：{query}\n点哪个？\nA：{a}\nB：{b}",
            ),
        },
        answer="label",
        parser="label",
        reward=rewards.EXACT,
        metric="accuracy",
        needs=("interactions", "queries", "notes"),
        truth="log",
        negatives="results of the same search that were not clicked",
        build=_click,
        max_share=0.55,
    ),
    Task(
        id="next_query",
        capability="behaviour",
        suite="sns",
        title={"en": "Search after reading", "zh": "看后搜"},
        prompts={
            "en": (
                "Read: {text}\nNext search:",
                "What is searched after this note? {text}",
                "{text}\nWhat is searched next?",
            ),
            "zh": ("看过：{text}\n接着搜：", "看完这篇会搜什么？{text}", "{text}\n看完接着搜什么？"),
        },
        answer="text",
        parser="text",
        reward=rewards.QUERY,
        metric="query similarity",
        needs=("queries.after_note_id", "notes"),
        truth="log",
        negatives="none; all queries that followed are accepted",
        build=_next_query,
    ),
    Task(
        id="query_generation",
        capability="behaviour",
        suite="sns",
        title={"en": "Query that the note answers", "zh": "生成搜索词"},
        prompts={
            "en": (
                "{text}\nQuery for this note:",
                "Write a search that finds this note: {text}",
                "{text}\nWrite a search for this:",
            ),
            "zh": ("{text}\n对应搜索词：", "写一个能搜到它的词：{text}", "{text}\n写搜索词："),
        },
        answer="text",
        parser="text",
        reward=rewards.QUERY,
        metric="query similarity",
        needs=("relevance", "queries", "notes"),
        truth="label",
        negatives="none; all queries of level 2 and 3 are accepted",
        build=_query_for,
    ),
)
