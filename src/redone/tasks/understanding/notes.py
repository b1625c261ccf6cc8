"""What kind of note it is: its genre, its place among siblings, the emoji it ends with, when it was posted."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from redone.records import Note, Platform
from redone.tasks.forms import CHOICE
from redone.tasks.labelled import note_label
from redone.tasks.lookup import note_templates, note_units, text_of
from redone.tasks.options import lettered, some_choices
from redone.tasks.task import Draft, Task
from redone.tasks.wording import listed

GENRES = ("shopping", "outing", "diary")
_EMOJI_AT_END = re.compile(r"\s*(\[[a-z]+\]|[\u2600-\u27bf\U0001f300-\U0001faff])\s*$")


def _sub(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """The second level; siblings under the same top come first among the wrong choices."""
    subs: dict[str, set[tuple[str, ...]]] = {"zh": set(), "en": set()}
    for note in platform.notes:
        if len(note.category) >= 2:
            subs[note.language].add(note.category[:2])
    for note in platform.notes:
        if len(note.category) < 2:
            continue
        others = sorted(subs[note.language] - {note.category[:2]})
        rng.shuffle(others)
        others.sort(key=lambda path: path[0] != note.category[0])
        choices = some_choices(note.category[1], [path[1] for path in others[:3]], 4, rng)
        if len(choices) < 2:
            continue
        yield Draft(
            language=note.language,
            slots={
                "text": text_of(note),
                "top": note.category[0],
                "choices": listed(choices, note.language),
            },
            answers=(note.category[1],),
            choices=choices,
            templates=note_templates(note),
            units=note_units(note),
        )


def _moods(platform: Platform) -> dict[str, str]:
    """For each emoji the sentiment of most of the notes that end with it."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for note in platform.notes:
        found = _EMOJI_AT_END.search(note.body)
        if found and "sentiment" in note.labels:
            seen[found[1]][note.labels["sentiment"]] += 1
    return {emoji: counts.most_common(1)[0][0] for emoji, counts in sorted(seen.items())}


def _emoji(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """The author's own emoji against two that go with another mood."""
    moods = _moods(platform)
    for note in platform.notes:
        found = _EMOJI_AT_END.search(note.body)
        if found is None or found[1] not in moods:
            continue
        gold, text = found[1], note.body[: found.start()]
        choices = some_choices(gold, [e for e in moods if moods[e] != moods[gold]], 3, rng)
        if len(choices) == 3 and text:
            yield Draft(
                language=note.language,
                slots={"text": text, "choices": listed(choices, note.language)},
                answers=(gold,),
                choices=choices,
                templates=note_templates(note),
                units=note_units(note),
            )


def _dated(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """A note with slang, and two months: the wrong one is of a note from a time when nobody said the word."""
    months: dict[str, list[Note]] = defaultdict(list)
    for note in platform.notes:
        if note.created:
            months[note.language].append(note)
    for note in platform.notes:
        used = [t for t in platform.terms if t.language == note.language and t.text in text_of(note)]
        if not (note.created and used):
            continue
        term = used[0]
        pool = [rng.choice(months[note.language]).created for _ in range(8)]
        outside = [day for day in pool if day < term.born or (term.died and day > term.died)]
        if not outside:
            continue
        letter, slots = lettered(note.created[:7], [outside[0][:7]], rng)
        yield Draft(
            language=note.language,
            slots={"text": text_of(note), **slots},
            answers=(letter,),
            choices=("A", "B"),
            templates=note_templates(note),
            units=note_units(note),
        )


NOTES = (
    Task(
        id="genre",
        capability="understanding",
        suite="sns",
        title={"en": "Genre of a note", "zh": "笔记体裁"},
        prompts={
            "en": (
                "{text}\nGenre: shopping, outing or diary?",
                "Is this note shopping, outing or diary? {text}",
                "{text}\nIs this shopping, outing or diary?",
            ),
            "zh": (
                "{text}\n体裁：购物、出游、日记？",
                "这篇是购物、出游还是日记？{text}",
                "{text}\n是购物、出游还是日记？",
            ),
        },
        **CHOICE,
        needs=("notes.labels.genre",),
        truth="label",
        negatives="the other genres, about the same topics",
        build=note_label("genre", GENRES),
        max_share=0.4,
    ),
    Task(
        id="taxonomy_sub",
        capability="understanding",
        suite="sns",
        title={"en": "Sub-category of a note", "zh": "二级分类"},
        prompts={
            "en": (
                "{text}\nPart of {top} ({choices}):",
                "Which part of {top} is this note about, {choices}? {text}",
                "{text}\nWhich part of {top}, {choices}?",
            ),
            "zh": (
                "{text}\n属于{top}的哪类({choices})：",
                "这篇{top}笔记是{choices}中的哪类？{text}",
                "{text}\n是{top}中的哪类，{choices}？",
            ),
        },
        **CHOICE,
        needs=("notes.category",),
        truth="label",
        negatives="siblings under the same top-level category first",
        build=_sub,
        max_share=0.4,
    ),
    Task(
        id="emoji_choice",
        capability="understanding",
        suite="sns",
        title={"en": "The author's emoji", "zh": "选表情"},
        prompts={
            "en": (
                "{text}\nEmoji ({choices}):",
                "Which emoji ends this note, {choices}? {text}",
                "{text}\nWhich emoji fits, {choices}?",
            ),
            "zh": (
                "{text}\n表情({choices})：",
                "这篇最后的表情是{choices}中的哪个？{text}",
                "{text}\n哪个表情合适，{choices}？",
            ),
        },
        **CHOICE,
        needs=("notes.body", "notes.labels.sentiment"),
        truth="log",
        negatives="emoji that mostly go with another sentiment",
        build=_emoji,
        max_share=0.4,
    ),
    Task(
        id="slang_dating",
        capability="understanding",
        suite="sns",
        title={"en": "When was it posted, by its slang", "zh": "由用语断时间"},
        prompts={
            "en": (
                "{text}\nA: {a}\nB: {b}\nPosted in:",
                "When was this note posted, A: {a} or B: {b}? {text}",
                "{text}\nPosted in A: {a} or B: {b}?",
            ),
            "zh": (
                "{text}\nA：{a}\nB：{b}\n发布于：",
                "这篇是什么时候发布的，A：{a} 还是B：{b}？{text}",
                "{text}\n发布于A：{a} 还是B：{b}？",
            ),
        },
        **CHOICE,
        needs=("notes.created", "terms.born"),
        truth="log",
        negatives="a month in which the slang word was not in use",
        build=_dated,
        max_share=0.55,
    ),
)
