"""Search around reading: the suggestion that is taken, the note that was read before, the query half typed."""

from __future__ import annotations

import random
from collections.abc import Iterator

from redone.records import Note, Platform, Query
from redone.tasks.forms import CHOICE, SEARCH
from redone.tasks.lookup import a_few, grouped, headline, note_templates, note_units, notes_by_id, text_of
from redone.tasks.options import lettered
from redone.tasks.task import Draft, Task


def _after_reading(platform: Platform) -> Iterator[tuple[Query, Note]]:
    notes = notes_by_id(platform)
    for query in platform.queries:
        if query.after_note_id and notes[query.after_note_id].language == query.language:
            yield query, notes[query.after_note_id]


def _suggestion(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """The query that followed against one that did not; half of the wrong ones name the note's own topic."""
    after: dict[str, set[str]] = {}
    for query, note in _after_reading(platform):
        after.setdefault(note.id, set()).add(query.text)
    by_language = grouped(platform.queries, lambda q: q.language)
    by_topic = grouped(platform.queries, lambda q: (q.language, q.labels.get("topic", "")))
    for query, note in _after_reading(platform):
        intent, topic = query.labels.get("intent"), query.labels.get("topic", "")
        near = by_topic[query.language, topic] if topic and rng.random() < 0.5 else []
        far = a_few(by_language[query.language], rng)
        pool = [q for q in a_few(near, rng) if q.labels.get("intent") != intent]
        pool = pool or [q for q in far if q.labels.get("topic") != topic or not topic]
        wrong = [q for q in pool if q.text not in after[note.id]]
        if not wrong:
            continue
        letter, slots = lettered(query.text, [wrong[0].text], rng)
        yield Draft(
            language=query.language,
            slots={"text": text_of(note), **slots},
            answers=(letter,),
            choices=("A", "B"),
            templates=note_templates(note),
            units=(query.id, query.user_id, wrong[0].id, wrong[0].user_id, *note_units(note)),
        )


def _read_before(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """The note that led to a query against one of the same top-level category and another topic."""
    by_top = grouped(platform.notes, lambda n: (n.language, n.category[:1]))
    for query, note in _after_reading(platform):
        pool = by_top[note.language, note.category[:1]]
        wrong = [n for n in rng.sample(pool, min(8, len(pool))) if n.category != note.category]
        if not wrong:
            continue
        letter, slots = lettered(headline(note), [headline(wrong[0])], rng)
        yield Draft(
            language=query.language,
            slots={"query": query.text, **slots},
            answers=(letter,),
            choices=("A", "B"),
            templates=note_templates(note, wrong[0]),
            units=(query.id, query.user_id, *note_units(note, wrong[0])),
        )


def _half(query: Query) -> str:
    """What has been typed so far: the first half of the words, in Chinese of the characters."""
    if query.language == "zh":
        return query.text[: len(query.text) // 2]
    words = query.text.split()
    return " ".join(words[: len(words) // 2])


def _completion(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """Every query after the note that starts with what was typed is accepted."""
    after = grouped(_after_reading(platform), lambda pair: pair[1].id)
    for query, note in _after_reading(platform):
        typed = _half(query)
        own = [q for q, _ in after[note.id] if q.text.startswith(typed)]
        if typed:
            yield Draft(
                language=query.language,
                slots={"text": text_of(note), "typed": typed},
                answers=(query.text, *(q.text for q in own if q.text != query.text)),
                templates=note_templates(note),
                units=(*(unit for q in own for unit in (q.id, q.user_id)), *note_units(note)),
            )


SUGGESTIONS = (
    Task(
        id="suggestion_choice",
        capability="behaviour",
        suite="sns",
        title={"en": "Suggested search that is taken", "zh": "看后搜推荐"},
        prompts={
            "en": (
                "Read: {text}\nA: {a}\nB: {b}\nSearched next:",
                "Which search follows this note, A: {a} or B: {b}? {text}",
                "A: {a}\nB: {b}\nWhich search is next? {text}",
            ),
            "zh": (
                "看过：{text}\nA：{a}\nB：{b}\n接着搜：",
                "看完这篇会搜哪个，A：{a} 还是B：{b}？{text}",
                "A：{a}\nB：{b}\n看完接着搜哪个？{text}",
            ),
        },
        **CHOICE,
        needs=("queries.after_note_id", "notes"),
        truth="log",
        negatives="half on the same topic with another intent, half on another topic",
        build=_suggestion,
        max_share=0.55,
    ),
    Task(
        id="read_before",
        capability="behaviour",
        suite="sns",
        title={"en": "Note that led to the search", "zh": "搜前看了哪篇"},
        prompts={
            "en": (
                "Searched: {query}\nA: {a}\nB: {b}\nRead before:",
                'Which note was read before the search "{query}", A: {a} or B: {b}?',
                "A: {a}\nB: {b}\nSearch: {query}\nWhich was read before?",
            ),
            "zh": (
                "搜了：{query}\nA：{a}\nB：{b}\n之前看过：",
                "搜“{query}”之前看的是哪篇，A：{a} 还是B：{b}？",
                "A：{a}\nB：{b}\n搜索：{query}\n之前看的是哪篇？",
            ),
        },
        **CHOICE,
        needs=("queries.after_note_id", "notes.category"),
        truth="log",
        negatives="notes on other topics of the same top-level category",
        build=_read_before,
        max_share=0.55,
    ),
    Task(
        id="query_completion",
        capability="behaviour",
        suite="sns",
        title={"en": "Rest of a query", "zh": "搜索补全"},
        prompts={
            "en": (
                "Reading: {text}\nTyped: {typed}\nWhole search:",
                'Somebody typed "{typed}" while reading this. Write the whole search: {text}',
                "Typed: {typed}\nReading: {text}\nWrite the whole search:",
            ),
            "zh": (
                "在看：{text}\n输入：{typed}\n完整搜索词：",
                "在看这篇时输入了“{typed}”，写出完整搜索词：{text}",
                "输入：{typed}\n在看：{text}\n写出完整搜索词：",
            ),
        },
        **SEARCH,
        needs=("queries.after_note_id", "notes"),
        truth="log",
        negatives="none; all queries after the note with that beginning are accepted",
        build=_completion,
    ),
)
