"""Where a note belongs in the taxonomy: a flat choice, and the whole path (SNS-Bench Note-Taxonomy)."""

from __future__ import annotations

import random
from collections.abc import Iterator

from redone.records import Note, Platform
from redone.tasks import rewards
from redone.tasks.lookup import note_templates, note_units, text_of, top_categories
from redone.tasks.options import some_choices
from redone.tasks.task import Draft, Task
from redone.tasks.wording import listed


def _flat(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    tops = {language: top_categories(platform, language) for language in ("zh", "en")}
    for note in platform.notes:
        if not note.category or len(tops[note.language]) < 2:
            continue
        choices = some_choices(note.category[0], tops[note.language], 4, rng)
        yield Draft(
            language=note.language,
            slots={"text": text_of(note), "choices": listed(choices, note.language)},
            answers=(note.category[0],),
            choices=choices,
            templates=note_templates(note),
            units=note_units(note),
        )


def _level(note: Note, depth: int, paths: set[tuple[str, ...]], rng: random.Random) -> tuple[str, str]:
    """Return the name of a level and its nearest wrong relative, in mixed order."""
    for shared in range(depth, -1, -1):
        others = sorted(
            {p[depth] for p in paths if p[:shared] == note.category[:shared]} - {note.category[depth]}
        )
        if others:
            pair = [note.category[depth], rng.choice(others)]
            rng.shuffle(pair)
            return pair[0], pair[1]
    return note.category[depth], note.category[depth]


def _path(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    paths: dict[str, set[tuple[str, ...]]] = {
        lang: {n.category for n in platform.notes if len(n.category) == 3 and n.language == lang}
        for lang in ("zh", "en")
    }
    for note in platform.notes:
        if len(note.category) != 3 or len(paths[note.language]) < 2:
            continue
        levels = [_level(note, depth, paths[note.language], rng) for depth in range(3)]
        yield Draft(
            language=note.language,
            slots={"text": text_of(note)}
            | {f"level{i}": " / ".join(dict.fromkeys(level)) for i, level in enumerate(levels, 1)},
            answers=(" | ".join(note.category),),
            logged=" > ".join(note.category),
            templates=note_templates(note),
            units=note_units(note),
        )


TOPIC = (
    Task(
        id="taxonomy",
        capability="understanding",
        suite="sns",
        title={"en": "Topic of a note", "zh": "笔记分类"},
        prompts={
            "en": (
                "{text}\nTopic ({choices}):",
                "Pick the topic of this note from {choices}: {text}",
                "{text}\nWhich one fits, {choices}?",
            ),
            "zh": (
                "{text}\n话题({choices})：",
                "从{choices}中选出笔记的话题：{text}",
                "{text}\n话题是{choices}中的哪个？",
            ),
        },
        answer="label",
        parser="label",
        reward=rewards.EXACT,
        metric="accuracy",
        needs=("notes.category",),
        truth="label",
        negatives="other top-level categories",
        build=_flat,
        max_share=0.5,
    ),
    Task(
        id="taxonomy_path",
        capability="understanding",
        suite="sns",
        title={"en": "Path of a note in the taxonomy", "zh": "笔记多级分类"},
        prompts={
            "en": (
                "{text}\nPath, one of each: {level1}; {level2}; {level3}",
                "Choose the path a | b | c from {level1}; {level2}; {level3} for: {text}",
                "{text}\nChoose the path, one of each: {level1}; {level2}; {level3}",
            ),
            "zh": (
                "{text}\n路径，各选一个：{level1}；{level2}；{level3}",
                "从{level1}；{level2}；{level3}选出路径 甲 | 乙 | 丙：{text}",
                "{text}\n选出路径，从{level1}；{level2}；{level3}",
            ),
        },
        answer="path",
        parser="path",
        reward=rewards.EXACT,
        metric="path accuracy",
        needs=("notes.category",),
        truth="label",
        negatives="siblings at each level",
        build=_path,
        max_share=0.5,
    ),
)
