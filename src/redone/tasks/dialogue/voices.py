"""Who speaks, and how: the speaker of a line, a catchphrase, a persona's topic, the order of a thread."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

from redone.records import Platform
from redone.tasks.forms import CHOICE, PIECE
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
from redone.tasks.understanding.tone import EMOTIONS
from redone.tasks.wording import say


def _speaker(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """The persona that said a line among three."""
    users = {user.id: user for user in platform.users if user.persona}
    by_language = grouped(users.values(), lambda user: user.language)
    notes = notes_by_id(platform)
    for comment in platform.comments:
        user = users.get(comment.author_id)
        if user is None or user.language != comment.language:
            continue
        pool = [rng.choice(by_language[user.language]) for _ in range(8)]
        others = {u.persona: u for u in pool if u.persona != user.persona}
        wrong = list(others.values())[:2]
        if not wrong:
            continue
        letter, slots = lettered(user.persona, [u.persona for u in wrong], rng)
        personas = " ".join(f"{name.upper()}: {text}" for name, text in slots.items())
        yield Draft(
            language=user.language,
            slots={"line": comment.text, "personas": personas},
            answers=(letter,),
            choices=("A", "B", "C")[: len(slots)],
            units=(comment.id, user.id, *(u.id for u in wrong), *note_units(notes[comment.note_id])),
        )


def common_ending(one: str, two: str, language: str) -> str:
    """The longest common ending, in English of whole words, without punctuation before it; may be empty."""
    left, right = (text.split() if language == "en" else list(text) for text in (one, two))
    count = 0
    while count < min(len(left), len(right)) and left[-1 - count] == right[-1 - count]:
        count += 1
    joined = (" " if language == "en" else "").join(left[len(left) - count :])
    return joined.lstrip(" ,.!?，。！？")


def _catchphrase(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """Two lines by one person, and how both end."""
    notes = notes_by_id(platform)
    lines = grouped(platform.comments, lambda c: (c.author_id, c.language))
    for (_, language), own in lines.items():
        for one, two in pairwise(own):
            phrase = common_ending(one.text, two.text, language)
            if len(phrase) > 1 and one.text != two.text and phrase not in {one.text, two.text}:
                yield Draft(
                    language=language,
                    slots={"one": one.text, "two": two.text},
                    answers=(phrase,),
                    units=(
                        one.author_id,
                        one.id,
                        two.id,
                        *note_units(notes[one.note_id], notes[two.note_id]),
                    ),
                )


def _topic(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """What the persona posted itself against a note of somebody else, outside its interests."""
    users = {user.id: user for user in platform.users if user.persona}
    by_language = grouped((n for n in platform.notes if n.category), lambda n: n.language)
    for note in platform.notes:
        author = users.get(note.author_id)
        if author is None or not note.category or note.category[0] not in author.interests:
            continue
        pool = [rng.choice(by_language[note.language]) for _ in range(6)]
        wrong = [n for n in pool if n.category[0] not in author.interests and n.author_id != author.id]
        if not wrong:
            continue
        letter, slots = lettered(headline(note), [headline(wrong[0])], rng)
        yield Draft(
            language=note.language,
            slots={"persona": author.persona, **slots},
            answers=(letter,),
            choices=("A", "B"),
            templates=note_templates(note, wrong[0]),
            units=note_units(note, wrong[0]),
        )


def _order(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    notes = notes_by_id(platform)
    for reply, parent in replies_with_parents(platform):
        letter, slots = lettered(parent.text, [reply.text], rng)
        note = notes[parent.note_id]
        if parent.text != reply.text:
            yield Draft(
                language=reply.language,
                slots={"title": headline(note), **slots},
                answers=(letter,),
                choices=("A", "B"),
                templates=note_templates(note),
                units=(reply.id, reply.author_id, parent.id, parent.author_id, *note_units(note)),
            )


def _felt_before(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """The reply alone, and the emotion of the comment that it answers."""
    notes = notes_by_id(platform)
    for reply, parent in replies_with_parents(platform):
        emotion = parent.labels.get("emotion")
        if emotion in EMOTIONS:
            yield Draft(
                language=reply.language,
                slots={"reply": reply.text},
                answers=(say(emotion, reply.language),),
                choices=tuple(say(e, reply.language) for e in EMOTIONS),
                units=(
                    reply.id,
                    reply.author_id,
                    parent.id,
                    parent.author_id,
                    *note_units(notes[parent.note_id]),
                ),
            )


VOICES = (
    Task(
        id="speaker",
        capability="dialogue",
        suite="sns",
        title={"en": "Who said it", "zh": "谁说的"},
        prompts={
            "en": (
                "Line: {line}\n{personas}\nSaid by:",
                'Who says "{line}"? {personas}',
                "{personas}\nWho says: {line}",
            ),
            "zh": (
                "这句：{line}\n{personas}\n谁说的：",
                "“{line}”是谁说的？{personas}",
                "{personas}\n谁会说：{line}",
            ),
        },
        **CHOICE,
        needs=("users.persona", "comments"),
        truth="log",
        negatives="other personas of the platform",
        build=_speaker,
        max_share=0.4,
    ),
    Task(
        id="catchphrase",
        capability="dialogue",
        suite="sns",
        title={"en": "Catchphrase of a person", "zh": "口头禅"},
        prompts={
            "en": (
                "1: {one}\n2: {two}\nCatchphrase:",
                "Which words do both lines by this person end with? {one} / {two}",
                "1: {one}\n2: {two}\nWhich words do both end with?",
            ),
            "zh": (
                "1：{one}\n2：{two}\n口头禅：",
                "这个人的两句话都用什么结尾？{one} / {two}",
                "1：{one}\n2：{two}\n都用什么结尾？",
            ),
        },
        **PIECE,
        needs=("comments",),
        truth="log",
        negatives="the other words of the two lines",
        build=_catchphrase,
        max_share=0.4,
    ),
    Task(
        id="persona_topic",
        capability="dialogue",
        suite="sns",
        title={"en": "What the persona talks about", "zh": "角色聊什么"},
        prompts={
            "en": (
                "You are {persona}.\nA: {a}\nB: {b}\nYour post:",
                "Which post is by {persona}, A: {a} or B: {b}?",
                "A: {a}\nB: {b}\nYou are {persona}. Which is your post?",
            ),
            "zh": (
                "你是{persona}。\nA：{a}\nB：{b}\n你发的：",
                "哪篇是{persona}发的，A：{a} 还是B：{b}？",
                "A：{a}\nB：{b}\n你是{persona}。哪篇是你发的？",
            ),
        },
        **CHOICE,
        needs=("users.persona", "users.interests", "notes.category"),
        truth="log",
        negatives="notes by others outside the persona's interests",
        build=_topic,
        max_share=0.55,
    ),
    Task(
        id="thread_order",
        capability="dialogue",
        suite="sns",
        title={"en": "Which line came first", "zh": "对话顺序"},
        prompts={
            "en": (
                "Note: {title}\nA: {a}\nB: {b}\nFirst:",
                'Under "{title}", which line came first, A: {a} or B: {b}?',
                "{title}\nA: {a}\nB: {b}\nWhich came first?",
            ),
            "zh": (
                "笔记：{title}\nA：{a}\nB：{b}\n先说：",
                "“{title}”下哪句先说，A：{a} 还是B：{b}？",
                "{title}\nA：{a}\nB：{b}\n哪句先说？",
            ),
        },
        **CHOICE,
        needs=("comments.parent_id",),
        truth="log",
        negatives="the reply to the very same comment",
        build=_order,
        max_share=0.55,
    ),
    Task(
        id="felt_before",
        capability="dialogue",
        suite="sns",
        title={"en": "What the other one felt", "zh": "对方的情绪"},
        prompts={
            "en": (
                "Reply: {reply}\nThe other felt joy, sadness, anger or surprise?",
                'What did the friend feel who got "{reply}": joy, sadness, anger or surprise?',
                "Reply: {reply}\nDid the friend feel joy, sadness, anger or surprise?",
            ),
            "zh": (
                "回复：{reply}\n对方的情绪：开心、难过、生气、惊讶？",
                "收到“{reply}”的人之前开心、难过、生气还是惊讶？",
                "回复：{reply}\n对方是开心、难过、生气还是惊讶？",
            ),
        },
        **CHOICE,
        needs=("comments.parent_id", "comments.labels.emotion"),
        truth="label",
        negatives="the other emotions",
        build=_felt_before,
        max_share=0.4,
    ),
)
