"""Translation of what platforms are full of: tag lists, emoji, threads, and names that a glossary fixes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from redone.records import ParallelText, Platform
from redone.tasks.forms import NAMES, TRANSLATED, Form
from redone.tasks.task import Draft, Task
from redone.tasks.translation.posts import TO_CHINESE, TO_ENGLISH, Direction, sides
from redone.tasks.translation.words import with_pairs

_DIRECTIONS: tuple[Direction, ...] = ("zh_en", "en_zh")


def _draft(item: ParallelText, direction: Direction, rng: random.Random, **more: str) -> Draft:
    source, targets = sides(item, direction)
    return Draft(
        language=rng.choice(("zh", "en")),
        slots={"text": source, **more},
        answers=tuple(dict.fromkeys(targets)),
        templates=(item.template,) if item.template else (),
        units=(item.id,),
        key=item.id,
    )


def _of_kind(kind: str, direction: Direction, platform: Platform, rng: random.Random) -> Iterator[Draft]:
    for item in platform.parallel:
        if item.kind == kind:
            yield _draft(item, direction, rng)


def _with_glossary(direction: Direction, platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """The entries that the text needs stand before it, so that names come out as the platform writes them."""
    source, target = direction.split("_")
    for item, found in with_pairs(platform):
        words = ", ".join(f"{pair.say(source)}={pair.say(target)}" for pair in found)
        yield _draft(item, direction, rng, words=words)


_WITH_WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "zh_en": {
        "en": (
            "Words: {words}\n{text}\nEnglish:",
            "Translate into English with the words {words}: {text}",
            "{text}\nWords: {words}\nSay it in English.",
        ),
        "zh": (
            "词表：{words}\n{text}\n英文：",
            "按词表{words}译成英文：{text}",
            "{text}\n词表：{words}\n译成英文：",
        ),
    },
    "en_zh": {
        "en": (
            "Words: {words}\n{text}\nChinese:",
            "Translate into Chinese with the words {words}: {text}",
            "{text}\nWords: {words}\nSay it in Chinese.",
        ),
        "zh": (
            "词表：{words}\n{text}\n中文：",
            "按词表{words}译成中文：{text}",
            "{text}\n词表：{words}\n译成中文：",
        ),
    },
}
_TITLES = {
    "hashtags": (
        {"zh_en": "Chinese hashtags to English", "en_zh": "English hashtags to Chinese"},
        "话题标签",
    ),
    "emoji": ({"zh_en": "Chinese emoji post to English", "en_zh": "English emoji post to Chinese"}, "表情帖"),
    "thread": ({"zh_en": "Chinese thread to English", "en_zh": "English thread to Chinese"}, "对话"),
    "glossary": (
        {"zh_en": "Chinese to English by glossary", "en_zh": "English to Chinese by glossary"},
        "按词表",
    ),
}
_ZH = {"zh_en": "译英", "en_zh": "译中"}
_Build = Callable[[Direction], Callable[[Platform, random.Random], Iterator[Draft]]]


def _pair_of_tasks(name: str, form: Form, build: _Build, needs: tuple[str, ...]) -> Iterator[Task]:
    """One task per direction."""
    titles, zh = _TITLES[name]
    for direction in _DIRECTIONS:
        plain = TO_ENGLISH if direction == "zh_en" else TO_CHINESE
        yield Task(
            id=f"{name}_{direction}",
            capability="translation",
            suite="translation",
            title={"en": titles[direction], "zh": zh + _ZH[direction]},
            prompts=_WITH_WORDS[direction] if name == "glossary" else plain,
            **form,
            needs=needs,
            truth="expert",
            negatives="none; all reference translations are accepted",
            build=build(direction),
        )


KINDS = (
    *_pair_of_tasks("hashtags", NAMES, lambda d: partial(_of_kind, "hashtags", d), ("parallel.hashtags",)),
    *_pair_of_tasks("emoji", TRANSLATED, lambda d: partial(_of_kind, "emoji", d), ("parallel.emoji",)),
    *_pair_of_tasks("thread", TRANSLATED, lambda d: partial(_of_kind, "thread", d), ("parallel.thread",)),
    *_pair_of_tasks(
        "glossary", TRANSLATED, lambda d: partial(_with_glossary, d), ("parallel", "parallel.word")
    ),
)
