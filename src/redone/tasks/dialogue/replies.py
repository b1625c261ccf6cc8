"""The reply that was written, against replies from elsewhere."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial

from redone.records import Comment, Platform
from redone.tasks import rewards
from redone.tasks.lookup import (
    grouped,
    headline,
    note_templates,
    note_units,
    notes_by_id,
    replies_with_parents,
)
from redone.tasks.options import lettered
from redone.tasks.task import Draft, Task

_SAD = frozenset({"sadness", "anger", "fear"})


def needs_comfort(comment: Comment) -> bool:
    """Whether the writer of the comment is upset."""
    return comment.labels.get("emotion") in _SAD


def _reply(wanted: Callable[[Comment], bool], platform: Platform, rng: random.Random) -> Iterator[Draft]:
    notes = notes_by_id(platform)
    pairs = replies_with_parents(platform)
    by_language = grouped(pairs, lambda pair: pair[0].language)
    accepted = grouped(pairs, lambda pair: pair[1].text)
    for reply, parent in pairs:
        if not wanted(parent):
            continue
        fitting = {other.text for other, _ in accepted[parent.text]}
        feeling = parent.labels.get("emotion")
        for _ in range(12):
            wrong, source = rng.choice(by_language[reply.language])
            other_feeling = feeling is None or source.labels.get("emotion") != feeling
            if source.note_id != parent.note_id and wrong.text not in fitting and other_feeling:
                break
        else:
            continue
        letter, slots = lettered(reply.text, [wrong.text], rng)
        note = notes[parent.note_id]
        yield Draft(
            language=reply.language,
            slots={"title": headline(note), "comment": parent.text, **slots},
            answers=(letter,),
            choices=("A", "B"),
            templates=note_templates(note),
            units=(reply.id, parent.id, reply.author_id, parent.author_id, *note_units(note)),
        )


REPLIES = (
    Task(
        id="reply_choice",
        capability="dialogue",
        suite="sns",
        title={"en": "The reply that fits", "zh": "选择回复"},
        prompts={
            "en": (
                "Note: {title}\nComment: {comment}\nA: {a}\nB: {b}\nReply:",
                'Under "{title}": {comment} Which reply fits? A: {a} B: {b}',
                "{title}\n{comment}\nWhich reply fits?\nA: {a}\nB: {b}",
            ),
            "zh": (
                "笔记：{title}\n评论：{comment}\nA：{a}\nB：{b}\n回复：",
                "“{title}”下：{comment} 哪个回复合适？A：{a} B：{b}",
                "{title}\n{comment}\n哪个回复合适？\nA：{a}\nB：{b}",
            ),
        },
        answer="label",
        parser="label",
        reward=rewards.EXACT,
        metric="accuracy",
        needs=("comments.parent_id",),
        truth="log",
        negatives="replies under other notes",
        build=partial(_reply, lambda comment: True),
        max_share=0.55,
    ),
    Task(
        id="comfort",
        capability="dialogue",
        suite="sns",
        title={"en": "Comfort for somebody upset", "zh": "情感陪伴"},
        prompts={
            "en": (
                "Friend: {comment}\nA: {a}\nB: {b}\nKind reply:",
                "A friend says: {comment} What comforts, A: {a} or B: {b}?",
                "A friend says: {comment}\nA: {a}\nB: {b}\nWhat comforts?",
            ),
            "zh": (
                "朋友：{comment}\nA：{a}\nB：{b}\n安慰：",
                "朋友说：{comment} 哪句能安慰，A：{a} 还是B：{b}？",
                "朋友：{comment}\nA：{a}\nB：{b}\n哪句能安慰？",
            ),
        },
        answer="label",
        parser="label",
        reward=rewards.EXACT,
        metric="accuracy",
        needs=("comments.parent_id", "comments.labels.emotion"),
        truth="log",
        negatives="replies to comments of another emotion",
        build=partial(_reply, needs_comfort),
        max_share=0.55,
    ),
)
