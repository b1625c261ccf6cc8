"""Look-up, reversal and sorting: exact operations on words and numbers that stand in the prompt."""

from __future__ import annotations

import random

from redone.tasks import rewards
from redone.tasks.general.endless import general_task
from redone.tasks.general.lexicon import WORDS
from redone.tasks.task import Draft


def _lookup(rng: random.Random, language: str, world: int) -> Draft:
    words = rng.sample(WORDS[language], 8)
    keys, values = words[:4], words[4:]
    index = rng.randrange(4)
    pairs = " ; ".join(f"{key} = {value}" for key, value in zip(keys, values, strict=True))
    return Draft(
        language=language,
        slots={"pairs": pairs, "key": keys[index]},
        answers=(values[index],),
        choices=tuple(values),
    )


def _reversal(rng: random.Random, language: str, world: int) -> Draft:
    words = rng.sample(WORDS[language], rng.randint(3, 5))
    return Draft(language=language, slots={"items": " ".join(words)}, answers=(" ".join(reversed(words)),))


def _sorting(rng: random.Random, language: str, world: int) -> Draft:
    numbers = rng.sample(range(10, 100), rng.randint(3, 5))
    while numbers == sorted(numbers):  # the prompt itself must not be the answer
        rng.shuffle(numbers)
    return Draft(
        language=language,
        slots={"items": " ".join(map(str, numbers))},
        answers=(" ".join(map(str, sorted(numbers))),),
        key=" ".join(map(str, numbers)),
    )


STRINGS = (
    general_task(
        id="lookup",
        title={"en": "Value of a key", "zh": "键值查找"},
        prompts={
            "en": ("{pairs}\n{key} =", "{pairs}\nWhat is {key}?", "What is {key} in {pairs}?"),
            "zh": ("{pairs}\n{key} =", "{pairs}\n{key}是什么？", "{pairs}中{key}对应哪个？"),
        },
        answer=("label", "label"),
        reward=rewards.EXACT,
        metric="accuracy",
        generate=_lookup,
    ),
    general_task(
        id="reversal",
        title={"en": "Words in reverse", "zh": "倒序"},
        prompts={
            "en": ("Reverse: {items}", "{items}\nFrom last to first:", "Say from last to first: {items}"),
            "zh": ("倒序：{items}", "{items}\n从后往前：", "从后往前说：{items}"),
        },
        answer=("text", "words"),
        reward=rewards.EXACT,
        metric="accuracy",
        generate=_reversal,
    ),
    general_task(
        id="sorting",
        title={"en": "Numbers in order", "zh": "排序"},
        prompts={
            "en": ("Sort: {items}", "{items}\nFrom small to large:", "Sort from small to large: {items}"),
            "zh": ("排序：{items}", "{items}\n从小到大：", "从小到大排序：{items}"),
        },
        answer=("text", "words"),
        reward=rewards.EXACT,
        metric="accuracy",
        generate=_sorting,
    ),
)
