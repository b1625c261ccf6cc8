"""What somebody does with what is shown: open, like, save, skip; and which comment readers reward."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator

from redone.records import Note, Platform, User
from redone.tasks.forms import CHOICE
from redone.tasks.lookup import grouped, headline, note_templates, note_units, notes_by_id, text_of
from redone.tasks.options import lettered
from redone.tasks.task import Draft, Task
from redone.tasks.wording import say

REACTIONS = ("skip", "like", "save")
_CLEAR_LEAD = 60
"""Likes by which the better comment must lead: closer pairs are decided by chance."""


def _seen(platform: Platform) -> Iterator[tuple[User, dict[str, set[str]]]]:
    """Each user with the notes of the feed and what was done with each."""
    feed = grouped((e for e in platform.interactions if e.note_id and not e.query_id), lambda e: e.user_id)
    for user in platform.users:
        done: dict[str, set[str]] = defaultdict(set)
        for event in feed.get(user.id, ()):
            done[event.note_id].add(event.kind)
        if done:
            yield user, done


def _pair(user: User, shown: dict[str, str], gold: Note, wrong: Note, rng: random.Random) -> Draft:
    texts = (shown[gold.id], shown[wrong.id])
    letter, slots = lettered(texts[0], [texts[1]], rng)
    return Draft(
        language=user.language,
        slots={"persona": user.persona, **slots},
        answers=(letter,),
        choices=("A", "B"),
        templates=note_templates(gold, wrong),
        units=(user.id, *note_units(gold, wrong)),
    )


def _open(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """A note that was opened against one that was shown and was not."""
    notes = notes_by_id(platform)
    for user, done in _seen(platform):
        own = [i for i in done if notes[i].language == user.language]
        opened = [notes[i] for i in own if "click" in done[i]]
        passed = [notes[i] for i in own if "click" not in done[i]]
        for gold, wrong in zip(opened, passed, strict=False) if user.persona else ():
            if headline(gold) != headline(wrong):
                yield _pair(user, {n.id: headline(n) for n in (gold, wrong)}, gold, wrong, rng)


def _saved(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """A note that was saved against one that was only liked, by the same reader."""
    notes = notes_by_id(platform)
    for user, done in _seen(platform):
        own = [i for i in done if notes[i].language == user.language]
        saved = [notes[i] for i in own if "collect" in done[i]]
        liked = [notes[i] for i in own if "like" in done[i] and "collect" not in done[i]]
        if saved and liked:
            gold, wrong = rng.choice(saved), rng.choice(liked)
            yield _pair(user, {n.id: text_of(n) for n in (gold, wrong)}, gold, wrong, rng)


def _reaction(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """What became of a note in the feed; one that was opened and neither liked nor saved is not asked about."""
    notes = notes_by_id(platform)
    for user, done in _seen(platform):
        for note_id, kinds in done.items():
            note = notes[note_id]
            code = "save" if "collect" in kinds else "like" if "like" in kinds else "skip"
            if note.language != user.language or not user.persona or (code == "skip" and "click" in kinds):
                continue
            yield Draft(
                language=user.language,
                slots={"persona": user.persona, "text": text_of(note)},
                answers=(say(code, user.language),),
                choices=tuple(say(choice, user.language) for choice in REACTIONS),
                templates=note_templates(note),
                units=(user.id, *note_units(note)),
            )


def _liked_comment(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """Two comments under one note, of which one has clearly more likes."""
    notes = notes_by_id(platform)
    tops = grouped((c for c in platform.comments if not c.parent_id), lambda c: (c.note_id, c.language))
    for (note_id, language), comments in tops.items():
        ranked = sorted(comments, key=lambda c: -c.likes)
        best, worst = ranked[0], ranked[-1]
        if best.likes - worst.likes < _CLEAR_LEAD or best.text == worst.text:
            continue
        letter, slots = lettered(best.text, [worst.text], rng)
        note = notes[note_id]
        yield Draft(
            language=language,
            slots={"title": headline(note), **slots},
            answers=(letter,),
            choices=("A", "B"),
            templates=note_templates(note),
            units=(best.id, best.author_id, worst.id, worst.author_id, *note_units(note)),
        )


CHOICES = (
    Task(
        id="feed_open",
        capability="behaviour",
        suite="sns",
        title={"en": "Which note is opened", "zh": "会打开哪篇"},
        prompts={
            "en": (
                "Reader: {persona}\nA: {a}\nB: {b}\nOpened:",
                "Which note does {persona} open, A: {a} or B: {b}?",
                "A: {a}\nB: {b}\nWhich is opened by {persona}?",
            ),
            "zh": (
                "读者：{persona}\nA：{a}\nB：{b}\n打开：",
                "{persona}会打开哪篇，A：{a} 还是B：{b}？",
                "A：{a}\nB：{b}\n{persona}，打开哪篇？",
            ),
        },
        **CHOICE,
        needs=("users.persona", "interactions", "notes"),
        truth="log",
        negatives="notes of the same feed that were passed over",
        build=_open,
        max_share=0.55,
    ),
    Task(
        id="saved_note",
        capability="behaviour",
        suite="sns",
        title={"en": "Which note is saved", "zh": "会收藏哪篇"},
        prompts={
            "en": (
                "Reader: {persona}\nA: {a}\nB: {b}\nSaved:",
                "Which note does {persona} save? A: {a} B: {b}",
                "A: {a}\nB: {b}\nWhich is saved by {persona}?",
            ),
            "zh": (
                "读者：{persona}\nA：{a}\nB：{b}\n收藏：",
                "{persona}会收藏哪篇？A：{a} B：{b}",
                "A：{a}\nB：{b}\n{persona}，收藏哪篇？",
            ),
        },
        **CHOICE,
        needs=("users.persona", "interactions", "notes"),
        truth="log",
        negatives="notes that the same reader liked and did not save",
        build=_saved,
        max_share=0.55,
    ),
    Task(
        id="reaction",
        capability="behaviour",
        suite="sns",
        title={"en": "Reaction of a reader", "zh": "读者反应"},
        prompts={
            "en": (
                "Reader: {persona}\nNote: {text}\nReaction: skip, like or save?",
                "Does {persona} skip, like or save this note? {text}",
                "Note: {text}\nReader: {persona}\nSkip, like or save?",
            ),
            "zh": (
                "读者：{persona}\n笔记：{text}\n反应：划走、点赞、收藏？",
                "{persona}会划走、点赞还是收藏这篇？{text}",
                "笔记：{text}\n读者：{persona}\n划走、点赞还是收藏？",
            ),
        },
        **CHOICE,
        needs=("users.persona", "interactions", "notes"),
        truth="log",
        negatives="the other reactions; all three come from one feed",
        build=_reaction,
        max_share=0.4,
    ),
    Task(
        id="top_comment",
        capability="behaviour",
        suite="sns",
        title={"en": "Comment with more likes", "zh": "哪条评论更受欢迎"},
        prompts={
            "en": (
                "Note: {title}\nA: {a}\nB: {b}\nMore likes:",
                'Under "{title}", which comment has more likes? A: {a} B: {b}',
                "{title}\nWhich comment has more likes?\nA: {a}\nB: {b}",
            ),
            "zh": (
                "笔记：{title}\nA：{a}\nB：{b}\n更多赞：",
                "“{title}”下哪条评论的赞更多？A：{a} B：{b}",
                "{title}\n哪条评论的赞更多？\nA：{a}\nB：{b}",
            ),
        },
        **CHOICE,
        needs=("comments.likes", "notes"),
        truth="log",
        negatives="a comment under the same note with at least 60 likes less",
        build=_liked_comment,
        max_share=0.55,
    ),
)
