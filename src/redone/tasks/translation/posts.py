"""Posts, comments and titles in both directions, and those among them that hold slang."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Literal

from redone.records import ParallelText, Platform
from redone.tasks import rewards
from redone.tasks.task import Draft, Task

Direction = Literal["zh_en", "en_zh"]
SPECIAL_KINDS = frozenset({"hashtags", "emoji", "thread", "word"})
"""Kinds of parallel text that the plain tasks leave alone; ``word/brand`` is a brand of the glossary."""


def is_special(item: ParallelText) -> bool:
    """Whether the text has tasks of its own: tag lists, emoji posts, threads, words of a glossary."""
    return item.kind.partition("/")[0] in SPECIAL_KINDS


def sides(item: ParallelText, direction: Direction) -> tuple[str, tuple[str, ...]]:
    """Return the source text and the acceptable targets."""
    if direction == "zh_en":
        return item.zh, (item.en, *item.references_en)
    return item.en, (item.zh, *item.references_zh)


def _translate(direction: Direction, slang: bool, platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """Each text is asked for once, in the words of a random language of instruction.

    A text belongs to the slang task when its source holds a term of the lexicon, else to the plain one.
    """
    source_language = direction[:2]
    terms = [term.text for term in platform.terms if term.language == source_language]
    for item in platform.parallel:
        if is_special(item):
            continue
        source, targets = sides(item, direction)
        holds_slang = item.kind == "slang" or any(term in source for term in terms)
        if holds_slang == slang:
            yield Draft(
                language=rng.choice(("zh", "en")),
                slots={"text": source},
                answers=tuple(dict.fromkeys(targets)),
                templates=(item.template,) if item.template else (),
                units=(item.id,),
                key=item.id,
            )


def _task(
    direction: Direction, slang: bool, title: Mapping[str, str], prompts: Mapping[str, tuple[str, ...]]
) -> Task:
    return Task(
        id=f"slang_{direction}" if slang else f"translate_{direction}",
        capability="translation",
        suite="translation",
        title=title,
        prompts=prompts,
        answer="text",
        parser="text",
        reward=rewards.TRANSLATION,
        metric="mean of BLEU and chrF",
        needs=("parallel", "terms") if slang else ("parallel",),
        truth="expert",
        negatives="none; all reference translations are accepted",
        build=partial(_translate, direction, slang),
    )


TO_ENGLISH = {
    "en": ("{text}\nEnglish:", "Translate into English: {text}", "{text}\nSay it in English."),
    "zh": ("{text}\n英文：", "译成英文：{text}", "{text}\n译成英文："),
}
TO_CHINESE = {
    "en": ("{text}\nChinese:", "Translate into Chinese: {text}", "{text}\nSay it in Chinese."),
    "zh": ("{text}\n中文：", "译成中文：{text}", "{text}\n译成中文："),
}

POSTS = (
    _task("zh_en", False, {"en": "Chinese to English", "zh": "中译英"}, TO_ENGLISH),
    _task("en_zh", False, {"en": "English to Chinese", "zh": "英译中"}, TO_CHINESE),
    _task("zh_en", True, {"en": "Chinese slang to English", "zh": "中文网络用语译英"}, TO_ENGLISH),
    _task("en_zh", True, {"en": "English slang to Chinese", "zh": "英文网络用语译中"}, TO_CHINESE),
)
