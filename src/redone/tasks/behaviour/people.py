"""What somebody likes, told from what they read and wrote."""

from __future__ import annotations

import random
from collections.abc import Iterator

from redone.records import Note, Platform, User
from redone.tasks import rewards
from redone.tasks.lookup import grouped, headline, note_templates, note_units, notes_by_id, top_categories
from redone.tasks.options import lettered, some_choices
from redone.tasks.task import Draft, Task
from redone.tasks.wording import listed

_LIKING = frozenset({"like", "collect"})


def _tastes(platform: Platform) -> Iterator[tuple[User, list[Note], set[str]]]:
    """Each user with the notes of their own language that they liked or wrote, and all ids they touched."""
    notes = notes_by_id(platform)
    written = grouped(platform.notes, lambda n: n.author_id)
    events = grouped(platform.interactions, lambda i: i.user_id)
    for user in platform.users:
        own = events.get(user.id, [])
        liked = [notes[e.note_id] for e in own if e.kind in _LIKING and e.note_id in notes]
        kept = {n.id: n for n in [*liked, *written.get(user.id, [])] if n.language == user.language}
        yield user, list(kept.values()), {event.note_id for event in own} | set(kept)


def _interest(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """Two notes of the user; the answer is the user's strongest interest, which one of them shows."""
    for user, notes, _ in _tastes(platform):
        tops = top_categories(platform, user.language)
        favourite = user.interests[0] if user.interests else ""
        telling = [n for n in notes if n.category and n.category[0] == favourite]
        if len(notes) < 2 or not telling or len(tops) < 2:
            continue
        for _ in range(min(2, len(telling))):
            first = rng.choice(telling)
            second = rng.choice([n for n in notes if n.id != first.id])
            shown = [first, second]
            rng.shuffle(shown)
            choices = some_choices(favourite, [*tops], 3, rng)
            if second.category and second.category[0] != favourite and second.category[0] in choices:
                continue  # one note for each of two options: nothing in the prompt decides
            yield Draft(
                language=user.language,
                slots={
                    "one": headline(shown[0]),
                    "two": headline(shown[1]),
                    "choices": listed(choices, user.language),
                },
                answers=(favourite,),
                choices=choices,
                templates=note_templates(*shown),
                units=(user.id, *note_units(*shown)),
            )


def _liked_note(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """One note of the user is history, one of the same category is the right option.

    The wrong option is a note of another category that the user neither follows nor ever touched.
    """
    by_language = grouped(platform.notes, lambda n: n.language)
    for user, notes, touched in _tastes(platform):
        rng.shuffle(notes)
        alike = grouped((n for n in notes if n.category), lambda n: n.category[0])
        pairs = [pair for own in alike.values() for pair in zip(own[::2], own[1::2], strict=False)]
        for history, gold in pairs:
            pool = [rng.choice(by_language[user.language]) for _ in range(12)]
            strangers = [
                n for n in pool if n.id not in touched and not set(n.category[:1]) & set(user.interests)
            ]
            if not strangers or headline(strangers[0]) == headline(gold):
                continue
            letter, slots = lettered(headline(gold), [headline(strangers[0])], rng)
            shown = (history, gold, strangers[0])
            yield Draft(
                language=user.language,
                slots={"history": headline(history), **slots},
                answers=(letter,),
                choices=("A", "B"),
                templates=note_templates(*shown),
                units=(user.id, *note_units(*shown)),
            )


PEOPLE = (
    Task(
        id="interest",
        capability="behaviour",
        suite="sns",
        title={"en": "Interest of a user", "zh": "用户兴趣"},
        prompts={
            "en": (
                "User's notes: {one} / {two}\nInterest ({choices}):",
                "Somebody keeps {one} / {two}. Favourite topic out of {choices}?",
                "Notes: {one} / {two}\nFavourite topic ({choices}):",
            ),
            "zh": (
                "用户笔记：{one} / {two}\n兴趣({choices})：",
                "有人收藏了{one} / {two}，最爱{choices}中的哪个？",
                "笔记：{one} / {two}\n最爱哪个({choices})？",
            ),
        },
        answer="label",
        parser="label",
        reward=rewards.EXACT,
        metric="accuracy",
        needs=("users.interests", "interactions", "notes.category"),
        truth="log",
        negatives="topics that the user does not follow",
        build=_interest,
        max_share=0.5,
    ),
    Task(
        id="liked_note",
        capability="behaviour",
        suite="sns",
        title={"en": "Which note will be liked", "zh": "会喜欢哪篇"},
        prompts={
            "en": (
                "Liked: {history}\nA: {a}\nB: {b}\nNext like:",
                'After liking "{history}", A or B? A: {a} B: {b}',
                "Liked: {history}\nNext like, A or B?\nA: {a}\nB: {b}",
            ),
            "zh": (
                "赞过：{history}\nA：{a}\nB：{b}\n下一个赞：",
                "赞了“{history}”之后选A还是B？A：{a} B：{b}",
                "赞过：{history}\n下一个赞选A还是B？\nA：{a}\nB：{b}",
            ),
        },
        answer="label",
        parser="label",
        reward=rewards.EXACT,
        metric="accuracy",
        needs=("interactions", "notes"),
        truth="log",
        negatives="notes outside the user's interests that the user never touched",
        build=_liked_note,
        max_share=0.55,
    ),
)
