"""Two texts: the same topic or not, the comment of this note or of another."""

from __future__ import annotations

import random
from collections.abc import Iterator

from redone.records import Note, Platform
from redone.tasks import rewards
from redone.tasks.labelled import YES_NO
from redone.tasks.lookup import grouped, headline, note_templates, note_units, notes_by_id, text_of
from redone.tasks.task import Draft, Task
from redone.tasks.wording import say


def _yes_no(code: str, language: str) -> tuple[tuple[str], tuple[str, ...]]:
    return (say(code, language),), tuple(say(choice, language) for choice in YES_NO)


def _same_topic(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """Pair notes; half of the wrong partners share the top level, which makes them hard negatives."""
    notes = [note for note in platform.notes if len(note.category) >= 2]
    by_topic = grouped(notes, lambda n: (n.language, *n.category[:2]))
    by_top = grouped(notes, lambda n: (n.language, n.category[0]))
    by_language = grouped(notes, lambda n: n.language)
    for note in notes:
        code = rng.choice(YES_NO)
        if code == "yes":
            pool = by_topic[(note.language, *note.category[:2])]
        elif rng.random() < 0.5:
            pool = by_top[(note.language, note.category[0])]
        else:
            pool = by_language[note.language]
        other = _partner(note, pool, same=code == "yes", rng=rng)
        if other is None:
            continue
        answers, choices = _yes_no(code, note.language)
        yield Draft(
            language=note.language,
            slots={"one": headline(note), "two": headline(other)},
            answers=answers,
            choices=choices,
            templates=note_templates(note, other),
            units=note_units(note, other),
        )


def _partner(note: Note, pool: list[Note], *, same: bool, rng: random.Random) -> Note | None:
    """Draw a note with, or without, this note's two-level topic; None when eight draws find none."""
    for _ in range(8):
        other = rng.choice(pool)
        if other.id != note.id and (other.category[:2] == note.category[:2]) == same:
            return other
    return None


def _comment_note(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    notes = notes_by_id(platform)
    by_language = grouped(platform.notes, lambda n: n.language)
    for comment in platform.comments:
        if comment.parent_id:
            continue
        note = notes[comment.note_id]
        code = rng.choice(YES_NO)
        if code == "no":
            same_language = by_language.get(comment.language, [])
            pool = [rng.choice(same_language) for _ in range(8)] if same_language else []
            others = [n for n in pool if n.category[:1] != note.category[:1]]
            if not others:
                continue
            note = others[0]
        answers, choices = _yes_no(code, comment.language)
        yield Draft(
            language=comment.language,
            slots={"text": text_of(note), "comment": comment.text},
            answers=answers,
            choices=choices,
            templates=note_templates(note),
            units=(comment.id, comment.author_id, *note_units(note)),
        )


PAIRS = (
    Task(
        id="same_topic",
        capability="matching",
        suite="sns",
        title={"en": "Same topic", "zh": "是否同一话题"},
        prompts={
            "en": (
                "1: {one}\n2: {two}\nSame topic, yes or no?",
                "Are these on the same topic, yes or no? {one} / {two}",
                "{one} / {two}\nOne topic, yes or no?",
            ),
            "zh": (
                "1：{one}\n2：{two}\n同一话题，是或否？",
                "这两条话题相同吗，是或否？{one} / {two}",
                "{one} / {two}\n话题相同吗，是或否？",
            ),
        },
        answer="label",
        parser="label",
        reward=rewards.EXACT,
        metric="accuracy",
        needs=("notes.category",),
        truth="label",
        negatives="half of them share the top-level category",
        build=_same_topic,
        max_share=0.55,
    ),
    Task(
        id="comment_note",
        capability="matching",
        suite="sns",
        title={"en": "Comment on this note", "zh": "评论是否属于笔记"},
        prompts={
            "en": (
                "Note: {text}\nComment: {comment}\nFits, yes or no?",
                'Was "{comment}" written under this note, yes or no? {text}',
                "Comment: {comment}\nIs it about this, yes or no? {text}",
            ),
            "zh": (
                "笔记：{text}\n评论：{comment}\n对得上，是或否？",
                "“{comment}”是这篇笔记的评论吗，是或否？{text}",
                "评论：{comment}\n说的是这篇吗，是或否？{text}",
            ),
        },
        answer="label",
        parser="label",
        reward=rewards.EXACT,
        metric="accuracy",
        needs=("comments", "notes.category"),
        truth="log",
        negatives="notes of another top-level category",
        build=_comment_note,
        max_share=0.55,
    ),
)
