"""Small code: a Python expression over the list ``xs``, run on hidden inputs in the sandbox (Eq. 4)."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

from redone.tasks import rewards
from redone.tasks.general.endless import general_task
from redone.tasks.task import Draft

_HIDDEN_INPUTS = 6


class _Part(NamedTuple):
    """A number that a list has: how it is said, how it is written, and its value, computed without eval."""

    said: dict[str, str]
    code: str
    value: Callable[[list[int]], int]


_PARTS = (
    _Part({"en": "largest", "zh": "最大值"}, "max(xs)", max),
    _Part({"en": "smallest", "zh": "最小值"}, "min(xs)", min),
    _Part({"en": "sum", "zh": "总和"}, "sum(xs)", sum),
    _Part({"en": "length", "zh": "长度"}, "len(xs)", len),
    _Part({"en": "first", "zh": "第一个"}, "xs[0]", lambda xs: xs[0]),
    _Part({"en": "second", "zh": "第二个"}, "xs[1]", lambda xs: xs[1]),
    _Part({"en": "last", "zh": "最后一个"}, "xs[-1]", lambda xs: xs[-1]),
    _Part({"en": "second smallest", "zh": "第二小"}, "sorted(xs)[1]", lambda xs: sorted(xs)[1]),
)
_SIGNS = {"+": {"en": "plus", "zh": "加"}, "-": {"en": "minus", "zh": "减"}, "*": {"en": "times", "zh": "乘"}}


def _number(value: int) -> _Part:
    return _Part({"en": str(value), "zh": str(value)}, str(value), lambda xs: value)


def _apply(sign: str, left: int, right: int) -> int:
    return {"+": left + right, "-": left - right, "*": left * right}[sign]


def _draft(rng: random.Random, language: str, world: int) -> Draft:
    """One or two parts of the list and a number: about 40,000 different expressions."""
    first = rng.choice(_PARTS)
    second = rng.choice([*(p for p in _PARTS if p is not first), None])
    sign = rng.choice(("+", "-", "*"))
    last_sign, number = rng.choice(("+", "-")), _number(rng.randint(2, 60))
    said, code = first.said[language], first.code
    if second is not None:
        said += f" {_SIGNS[sign][language]} {second.said[language]}"
        code += f"{sign}{second.code}"
    said += f" {_SIGNS[last_sign][language]} {number.said[language]}"
    code += f"{last_sign}{number.code}"

    def value(xs: list[int]) -> int:
        total = first.value(xs) if second is None else _apply(sign, first.value(xs), second.value(xs))
        return _apply(last_sign, total, number.value(xs))

    inputs = [rng.sample(range(-20, 60), rng.randint(3, 7)) for _ in range(_HIDDEN_INPUTS)]
    return Draft(
        language=language,
        slots={"asked": said},
        answers=(code,),
        checks={"inputs": inputs, "outputs": [value(xs) for xs in inputs], "variable": "xs"},
        key=code,
    )


CODE = (
    general_task(
        id="code",
        title={"en": "Python expression", "zh": "Python表达式"},
        prompts={
            "en": (
                "Python for a list xs: {asked}",
                "Code with xs , {asked} :",
                "Write Python code for xs: {asked}",
            ),
            "zh": (
                "列表xs的Python代码：{asked}",
                "用xs写代码，{asked}：",
                "写xs的Python代码：{asked}",
            ),
        },
        answer=("code", "code"),
        reward=rewards.SANDBOX,
        metric="hidden inputs passed",
        generate=_draft,
    ),
)
