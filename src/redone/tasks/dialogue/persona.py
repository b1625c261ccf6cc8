"""Speaking as a persona in a thread: choose the line, or write it."""

from __future__ import annotations

import random
from collections.abc import Iterator

from redone.records import Platform
from redone.tasks import rewards
from redone.tasks.lookup import grouped, headline, note_templates, note_units, notes_by_id
from redone.tasks.options import lettered
from redone.tasks.task import Draft, Task


def _choice(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """Set a line of this persona against one of another, every second time from the same thread."""
    personas = {user.id: user.persona for user in platform.users if user.persona}
    notes = notes_by_id(platform)
    spoken = [c for c in platform.comments if c.author_id in personas]
    by_language = grouped(spoken, lambda c: c.language)
    by_thread = grouped(spoken, lambda c: (c.note_id, c.language))
    for comment in spoken:
        persona = personas[comment.author_id]
        pool = [rng.choice(by_language[comment.language]) for _ in range(12)]
        if rng.random() < 0.5:
            pool = rng.sample(own := by_thread[comment.note_id, comment.language], len(own)) + pool
        wrong = [c for c in pool if personas[c.author_id] != persona and c.text != comment.text]
        if not wrong:
            continue
        letter, slots = lettered(comment.text, [wrong[0].text], rng)
        note = notes[comment.note_id]
        yield Draft(
            language=comment.language,
            slots={"persona": persona, "title": headline(note), **slots},
            answers=(letter,),
            choices=("A", "B"),
            templates=note_templates(note),
            units=(comment.id, comment.author_id, *note_units(note)),
        )


def _written(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """Accept whatever somebody with this persona wrote under the note."""
    personas = {user.id: user.persona for user in platform.users if user.persona}
    notes = notes_by_id(platform)
    spoken = (c for c in platform.comments if c.author_id in personas)
    heard = grouped(spoken, lambda c: (c.note_id, c.language, personas[c.author_id]))
    for (note_id, language, persona), comments in heard.items():
        note = notes[note_id]
        if note.language != language:
            continue
        yield Draft(
            language=language,
            slots={"persona": persona, "title": headline(note)},
            answers=tuple(dict.fromkeys(c.text for c in comments)),
            templates=note_templates(note),
            units=(*(unit for c in comments for unit in (c.id, c.author_id)), *note_units(note)),
        )


PERSONA = (
    Task(
        id="persona_choice",
        capability="dialogue",
        suite="sns",
        title={"en": "What the persona would say", "zh": "角色会说哪句"},
        prompts={
            "en": (
                "You are {persona}. Note: {title}\nA: {a}\nB: {b}\nYou say:",
                "Which line is by {persona}? Note: {title} A: {a} B: {b}",
                "Note: {title}\nA: {a}\nB: {b}\nWhich line is by {persona}?",
            ),
            "zh": (
                "你是{persona}。笔记：{title}\nA：{a}\nB：{b}\n你说：",
                "哪句是{persona}说的？笔记：{title} A：{a} B：{b}",
                "笔记：{title}\nA：{a}\nB：{b}\n哪句是{persona}说的？",
            ),
        },
        answer="label",
        parser="label",
        reward=rewards.EXACT,
        metric="accuracy",
        needs=("users.persona", "comments"),
        truth="log",
        negatives="lines of other personas, half of them from the same thread",
        build=_choice,
        max_share=0.55,
    ),
    Task(
        id="persona_reply",
        capability="dialogue",
        suite="sns",
        title={"en": "Comment as a persona", "zh": "角色扮演评论"},
        prompts={
            "en": (
                "You are {persona}. Note: {title}\nComment:",
                'Comment on "{title}" as {persona}.',
                "{title}\nThe words of {persona}:",
            ),
            "zh": (
                "你是{persona}。笔记：{title}\n评论：",
                "以{persona}的身份评论“{title}”。",
                "{title}\n{persona}会写：",
            ),
        },
        answer="text",
        parser="text",
        reward=rewards.WORDING,
        metric="ROUGE-L",
        needs=("users.persona", "comments", "notes"),
        truth="log",
        negatives="none; every comment by that persona under the note is accepted",
        build=_written,
    ),
)
