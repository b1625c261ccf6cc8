"""Texts that belong together: a title and its note, two ways to say one thing, one author, one feeling."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from redone.records import Comment, Platform
from redone.tasks.forms import CHOICE
from redone.tasks.labelled import YES_NO
from redone.tasks.lookup import a_few, grouped, note_templates, note_units, notes_by_id, text_of
from redone.tasks.options import lettered
from redone.tasks.task import Draft, Task
from redone.tasks.wording import say

_CLEAR = ("positive", "negative")


def _verdict(code: str, language: str) -> tuple[tuple[str], tuple[str, ...]]:
    return (say(code, language),), tuple(say(choice, language) for choice in YES_NO)


def _title(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """The note's own title against two of the same top-level category and another topic."""
    whole = [note for note in platform.notes if note.title and note.body and note.category]
    by_top = grouped(whole, lambda n: (n.language, n.category[0]))
    for note in whole:
        pool = by_top[note.language, note.category[0]]
        wrong = {n.title: n for n in rng.sample(pool, min(10, len(pool))) if n.category != note.category}
        wrong.pop(note.title, None)
        if len(wrong) < 2:
            continue
        others = list(wrong.values())[:2]
        letter, slots = lettered(note.title, [other.title for other in others], rng)
        yield Draft(
            language=note.language,
            slots={"text": note.body, **slots},
            answers=(letter,),
            choices=("A", "B", "C"),
            templates=note_templates(note),
            units=note_units(note, *others),
        )


def _paraphrase(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """Two wordings of one text, or of two texts with the same sentence pattern."""
    for language in ("zh", "en"):
        worded = [
            (item, item.zh if language == "zh" else item.en, others)
            for item in platform.parallel
            if (others := item.references_zh if language == "zh" else item.references_en)
        ]
        by_template = grouped(worded, lambda entry: entry[0].template)
        for item, text, own in worded:
            code = rng.choice(YES_NO)
            entry = (item, text, own)
            if code == "no":
                near = a_few(by_template[item.template], rng)
                pool = [e for e in near if e[0].id != item.id and text not in e[2]]
                pool = pool or [e for e in rng.sample(worded, min(4, len(worded))) if e[0].id != item.id]
                if not pool:
                    continue
                entry = rng.choice(pool)
            answers, choices = _verdict(code, language)
            yield Draft(
                language=language,
                slots={"one": text, "two": rng.choice(entry[2])},
                answers=answers,
                choices=choices,
                templates=(item.template,) if item.template else (),
                units=tuple(dict.fromkeys((item.id, entry[0].id))),
            )


def _feeling(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """A note and a comment of clear sentiment, from under it or from under a note on the same topic."""
    notes = notes_by_id(platform)
    clear = [c for c in platform.comments if c.labels.get("sentiment") in _CLEAR and not c.parent_id]
    by_topic = grouped(clear, lambda c: (c.language, notes[c.note_id].category))
    for note in platform.notes:
        felt = note.labels.get("sentiment")
        code = rng.choice(YES_NO)
        pool = [
            c
            for c in a_few(by_topic.get((note.language, note.category), []), rng)
            if (c.labels["sentiment"] == felt) == (code == "yes")
        ]
        if felt not in _CLEAR or not pool:
            continue
        comment = rng.choice(pool)
        answers, choices = _verdict(code, note.language)
        feelings = (say(felt, note.language), say(comment.labels["sentiment"], note.language))
        yield Draft(
            language=note.language,
            slots={"text": text_of(note), "comment": comment.text},
            answers=answers,
            choices=choices,
            rationale=" , ".join(feelings),
            templates=note_templates(note),
            units=(comment.id, comment.author_id, *note_units(note, notes[comment.note_id])),
        )


def _author(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """Two comments under different notes, of one person or of two."""
    notes = notes_by_id(platform)
    by_author = grouped(platform.comments, lambda c: (c.author_id, c.language))
    by_language = grouped(platform.comments, lambda c: c.language)
    for comment in platform.comments:
        code = rng.choice(YES_NO)
        own = code == "yes"
        pool: Sequence[Comment] = by_language[comment.language]
        if own:
            pool = by_author[comment.author_id, comment.language]
        tries = (rng.choice(pool) for _ in range(8))
        fitting = (
            c
            for c in tries
            if (c.author_id == comment.author_id) == own
            and c.note_id != comment.note_id
            and c.text != comment.text
        )
        other = next(fitting, None)
        if other is None:
            continue
        answers, choices = _verdict(code, comment.language)
        yield Draft(
            language=comment.language,
            slots={"one": comment.text, "two": other.text},
            answers=answers,
            choices=choices,
            units=(
                *(unit for c in (comment, other) for unit in (c.id, c.author_id)),
                *note_units(notes[comment.note_id], notes[other.note_id]),
            ),
        )


TEXTS = (
    Task(
        id="title_choice",
        capability="matching",
        suite="sns",
        title={"en": "The title of this note", "zh": "选标题"},
        prompts={
            "en": (
                "{text}\nA: {a}\nB: {b}\nC: {c}\nTitle:",
                "Which title belongs to this note? {text} A: {a} B: {b} C: {c}",
                "A: {a}\nB: {b}\nC: {c}\nWhich title fits? {text}",
            ),
            "zh": (
                "{text}\nA：{a}\nB：{b}\nC：{c}\n标题：",
                "哪个是这篇笔记的标题？{text} A：{a} B：{b} C：{c}",
                "A：{a}\nB：{b}\nC：{c}\n哪个标题合适？{text}",
            ),
        },
        **CHOICE,
        needs=("notes.title", "notes.body", "notes.category"),
        truth="log",
        negatives="titles of other topics in the same top-level category",
        build=_title,
        max_share=0.4,
    ),
    Task(
        id="paraphrase",
        capability="matching",
        suite="sns",
        title={"en": "Same in other words", "zh": "是否同义"},
        prompts={
            "en": (
                "1: {one}\n2: {two}\nSame meaning, yes or no?",
                "Do these say the same, yes or no? {one} / {two}",
                "{one} / {two}\nDo these mean the same, yes or no?",
            ),
            "zh": (
                "1：{one}\n2：{two}\n意思相同，是或否？",
                "这两句说的是同一件事吗，是或否？{one} / {two}",
                "{one} / {two}\n意思相同吗，是或否？",
            ),
        },
        **CHOICE,
        needs=("parallel.references_zh", "parallel.references_en"),
        truth="expert",
        negatives="texts with the same sentence pattern and other words",
        build=_paraphrase,
        max_share=0.55,
    ),
    Task(
        id="same_feeling",
        capability="matching",
        suite="sns",
        title={"en": "Comment shares the feeling", "zh": "评论与笔记情感是否一致"},
        prompts={
            "en": (
                "Note: {text}\nComment: {comment}\nSame sentiment, yes or no?",
                'Does "{comment}" share the sentiment of this note, yes or no? {text}',
                "Comment: {comment}\nIs the sentiment the same, yes or no? {text}",
            ),
            "zh": (
                "笔记：{text}\n评论：{comment}\n情感一致，是或否？",
                "“{comment}”和这篇笔记的情感一致吗，是或否？{text}",
                "评论：{comment}\n情感和这篇一致吗，是或否？{text}",
            ),
        },
        **CHOICE,
        needs=("notes.labels.sentiment", "comments.labels.sentiment"),
        truth="label",
        negatives="comments of the opposite sentiment on the same topic",
        build=_feeling,
        max_share=0.55,
    ),
    Task(
        id="same_author",
        capability="matching",
        suite="sns",
        title={"en": "Two comments by one person", "zh": "是否同一作者"},
        prompts={
            "en": (
                "1: {one}\n2: {two}\nSame author, yes or no?",
                "Did one person write these, yes or no? {one} / {two}",
                "{one} / {two}\nWritten by the same person, yes or no?",
            ),
            "zh": (
                "1：{one}\n2：{two}\n同一作者，是或否？",
                "这两条是同一个人写的吗，是或否？{one} / {two}",
                "{one} / {two}\n是同一个人吗，是或否？",
            ),
        },
        **CHOICE,
        needs=("comments",),
        truth="log",
        negatives="comments by other people",
        build=_author,
        max_share=0.55,
    ),
)
