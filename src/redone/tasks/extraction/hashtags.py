"""The author's own tags among candidates (SNS-Bench Note-Hashtag, single and multiple)."""

from __future__ import annotations

import random
from collections.abc import Iterator

from redone.records import Note, Platform
from redone.tasks import rewards
from redone.tasks.lookup import note_templates, note_units, text_of
from redone.tasks.options import some_choices
from redone.tasks.task import Draft, Task
from redone.tasks.wording import listed

_CANDIDATES, _MOST_GOLD = 6, 3
"""So that naming all candidates earns an F1 of about one half."""


def companions_by_tag(platform: Platform) -> dict[str, dict[str, set[str]]]:
    """Per language and tag, the tags that it shares a note with: those are no safe wrong options."""
    beside: dict[str, dict[str, set[str]]] = {"zh": {}, "en": {}}
    for note in platform.notes:
        for tag in note.hashtags:
            beside[note.language].setdefault(tag, set()).update(note.hashtags)
    return beside


def _wrong(note: Note, beside: dict[str, set[str]], count: int, rng: random.Random) -> list[str]:
    """Tags of other notes that never went with any of this note's tags."""
    companions = set[str]().union(*(beside[tag] for tag in note.hashtags))
    pool = sorted(set(beside) - companions)
    return rng.sample(pool, min(count, len(pool)))


def _single(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    beside = companions_by_tag(platform)
    for note in platform.notes:
        wrong = _wrong(note, beside[note.language], 3, rng) if note.hashtags else []
        if wrong:
            gold = rng.choice(note.hashtags)
            choices = some_choices(gold, wrong, 4, rng)
            yield Draft(
                language=note.language,
                slots={"text": text_of(note), "choices": listed(choices, note.language)},
                answers=(gold,),
                choices=choices,
                logged=f"#{gold}",
                templates=note_templates(note),
                units=note_units(note),
            )


def _multiple(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """Show some of the author's tags among others; the tags that are not shown are not asked for."""
    beside = companions_by_tag(platform)
    for note in platform.notes:
        own = list(dict.fromkeys(note.hashtags))
        gold = rng.sample(own, rng.randint(1, min(_MOST_GOLD, len(own)))) if own else []
        wrong = _wrong(note, beside[note.language], _CANDIDATES - len(gold), rng) if own else []
        if len(wrong) >= 2:
            choices = [*gold, *wrong]
            rng.shuffle(choices)
            yield Draft(
                language=note.language,
                slots={"text": text_of(note), "choices": listed(choices, note.language)},
                answers=(", ".join(gold),),
                choices=tuple(choices),
                logged=" ".join(f"#{tag}" for tag in gold),
                templates=note_templates(note),
                units=note_units(note),
                group=str(len(gold)),
            )


HASHTAGS = (
    Task(
        id="hashtag",
        capability="extraction",
        suite="sns",
        title={"en": "The hashtag that fits", "zh": "选话题标签"},
        prompts={
            "en": (
                "{text}\nHashtag ({choices}):",
                "Pick the hashtag for this note from {choices}: {text}",
                "{text}\nWhich hashtag fits, {choices}?",
            ),
            "zh": (
                "{text}\n标签({choices})：",
                "从{choices}中给笔记选标签：{text}",
                "{text}\n哪个标签合适，{choices}？",
            ),
        },
        answer="label",
        parser="label",
        reward=rewards.EXACT,
        metric="accuracy",
        needs=("notes.hashtags",),
        truth="log",
        negatives="tags that never went with the author's",
        build=_single,
        max_share=0.5,
    ),
    Task(
        id="hashtags",
        capability="extraction",
        suite="sns",
        title={"en": "All hashtags that fit", "zh": "多选话题标签"},
        prompts={
            "en": (
                "{text}\nAll fitting hashtags of {choices}:",
                "List every hashtag for this note out of {choices}: {text}",
                "{text}\nWhich of {choices} are fitting hashtags?",
            ),
            "zh": (
                "{text}\n从{choices}选出全部标签：",
                "列出笔记的所有标签，候选{choices}：{text}",
                "{text}\n{choices}里哪些标签合适？",
            ),
        },
        answer="list",
        parser="list",
        reward=rewards.LIST_F1,
        metric="F1",
        needs=("notes.hashtags",),
        truth="log",
        negatives="tags that never went with the author's",
        build=_multiple,
    ),
)
