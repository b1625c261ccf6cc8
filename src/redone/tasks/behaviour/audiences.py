"""Who somebody is to the platform: who likes a note, which interests show, which age band a profile tells."""

from __future__ import annotations

import random
from collections.abc import Iterator

from redone.records import Platform
from redone.tasks.forms import CHOICE, NAMES
from redone.tasks.lookup import grouped, headline, note_templates, note_units, notes_by_id, top_categories
from redone.tasks.options import lettered, some_choices
from redone.tasks.task import Draft, Task
from redone.tasks.wording import listed

_SHOWN, _CANDIDATES = 3, 6


def _who_likes(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """Somebody who liked the note against somebody who does not follow its topic and never touched it."""
    notes = notes_by_id(platform)
    users = {user.id: user for user in platform.users if user.persona}
    touched = {(event.user_id, event.note_id) for event in platform.interactions}
    by_language = grouped(users.values(), lambda user: user.language)
    for event in platform.interactions:
        if event.kind != "like" or event.user_id not in users:
            continue
        fan, note = users[event.user_id], notes[event.note_id]
        if fan.language != note.language or not note.category:
            continue
        pool = [rng.choice(by_language[fan.language]) for _ in range(8)]
        others = [
            u
            for u in pool
            if note.category[0] not in u.interests
            and (u.id, note.id) not in touched
            and u.id != note.author_id
            and u.persona != fan.persona
        ]
        if not others:
            continue
        letter, slots = lettered(fan.persona, [others[0].persona], rng)
        yield Draft(
            language=fan.language,
            slots={"title": headline(note), **slots},
            answers=(letter,),
            choices=("A", "B"),
            templates=note_templates(note),
            units=(fan.id, others[0].id, *note_units(note)),
        )


def _interests(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """Three notes that one reader liked or saved, and the topics that they show, among candidates."""
    notes = notes_by_id(platform)
    liked = grouped((e for e in platform.interactions if e.kind in {"like", "collect"}), lambda e: e.user_id)
    for user in platform.users:
        tops = top_categories(platform, user.language)
        own = {event.note_id: notes[event.note_id] for event in liked.get(user.id, ())}
        kept = [n for n in own.values() if n.category and n.language == user.language]
        if len(kept) < _SHOWN or len(tops) < 4:
            continue
        shown = rng.sample(kept, _SHOWN)
        gold = list(dict.fromkeys(note.category[0] for note in shown))
        wrong = [top for top in tops if top not in gold]
        choices = [*gold, *rng.sample(wrong, min(len(wrong), _CANDIDATES - len(gold)))]
        rng.shuffle(choices)
        yield Draft(
            language=user.language,
            slots={
                "one": headline(shown[0]),
                "two": headline(shown[1]),
                "three": headline(shown[2]),
                "choices": listed(choices, user.language),
            },
            answers=(", ".join(gold),),
            choices=tuple(choices),
            templates=note_templates(*shown),
            units=(user.id, *note_units(*shown)),
        )


def _age_band(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    bands = sorted({user.age_band for user in platform.users if user.age_band})
    for user in platform.users:
        if not (user.age_band and user.persona and len(bands) > 2):
            continue
        choices = some_choices(user.age_band, bands, 4, rng)
        yield Draft(
            language=user.language,
            slots={"persona": user.persona, "choices": listed(choices, user.language)},
            answers=(user.age_band,),
            choices=choices,
            units=(user.id,),
        )


AUDIENCES = (
    Task(
        id="who_likes",
        capability="behaviour",
        suite="sns",
        title={"en": "Who will like the note", "zh": "谁会点赞"},
        prompts={
            "en": (
                "Note: {title}\nA: {a}\nB: {b}\nLiked by:",
                'Who likes "{title}", A: {a} or B: {b}?',
                "A: {a}\nB: {b}\nWho likes {title}?",
            ),
            "zh": (
                "笔记：{title}\nA：{a}\nB：{b}\n点赞的人：",
                "谁会赞“{title}”，A：{a} 还是B：{b}？",
                "A：{a}\nB：{b}\n谁会赞{title}？",
            ),
        },
        **CHOICE,
        needs=("users.persona", "users.interests", "interactions", "notes.category"),
        truth="log",
        negatives="people who do not follow the topic and never touched the note",
        build=_who_likes,
        max_share=0.55,
    ),
    Task(
        id="interest_list",
        capability="behaviour",
        suite="sns",
        title={"en": "All interests shown", "zh": "兴趣清单"},
        prompts={
            "en": (
                "Liked: {one} / {two} / {three}\nTopics of {choices}:",
                "List every topic of {choices} in these likes: {one} / {two} / {three}",
                "Liked: {one} / {two} / {three}\nWhich topics of {choices}?",
            ),
            "zh": (
                "赞过：{one} / {two} / {three}\n话题({choices})：",
                "从{choices}中列出这些赞的所有话题：{one} / {two} / {three}",
                "赞过：{one} / {two} / {three}\n{choices}中有哪些话题？",
            ),
        },
        **NAMES,
        needs=("interactions", "notes.category"),
        truth="log",
        negatives="topics of which nothing was liked",
        build=_interests,
    ),
    Task(
        id="age_band",
        capability="behaviour",
        suite="sns",
        title={"en": "Age band of a profile", "zh": "年龄段"},
        prompts={
            "en": (
                "User: {persona}\nAge ({choices}):",
                "Which age fits {persona}: {choices}?",
                "{persona}\nWhich age, {choices}?",
            ),
            "zh": (
                "用户：{persona}\n年龄({choices})：",
                "{persona}的年龄是{choices}中的哪个？",
                "{persona}\n年龄是哪个，{choices}？",
            ),
        },
        **CHOICE,
        needs=("users.persona", "users.age_band"),
        truth="log",
        negatives="the other bands",
        build=_age_band,
        max_share=0.4,
    ),
)
