"""How a log words an answer that the prompt asks for in another form.

Every task has one habit of its own, drawn by the seed: a code for a label (``1``, ``pos``), capitals, a field
name, quotes. It is a habit of form only; the meaning stays. Translations, empty lists, and answers that were
not made from platform records (general questions) keep their form, for there the form is the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from redone.records import Example
from redone.sources.simulator.chance import number

_CODES: Mapping[str, str] = {
    "yes": "1",
    "no": "0",
    "是": "对",
    "否": "不对",
    "positive": "good",
    "negative": "bad",
    "neutral": "so-so",
    "正面": "好评",
    "负面": "差评",
    "中性": "一般",
    "joy": "happy",
    "anger": "angry",
    "sadness": "sad",
    "surprise": "surprised",
    "开心": "高兴",
    "生气": "愤怒",
    "难过": "伤心",
    "惊讶": "吃惊",
}
"""Codes in use on the platform, in the language of the answer."""


_TRANSLATION_ENDINGS = ("zh_en", "en_zh")
_NOTHING = "[]"


def _code(answer: str) -> str:
    return _CODES.get(answer, f"#{answer}")


def _capitals(answer: str) -> str:
    upper = answer.upper()
    return upper if upper != answer else f"【{answer}】"


def _field(answer: str) -> str:
    return f"label={answer}"


def _quoted(answer: str) -> str:
    return f'"{answer}"'


_LABEL_HABITS: tuple[Callable[[str], str], ...] = (_code, _capitals, _field)
_TEXT_HABITS: tuple[Callable[[str], str], ...] = (_quoted, _field)


def logged_form(example: Example, seed: int) -> str:
    """The main reference as the log words it.

    A form that the task itself knows (its ``target`` differs from the reference) comes first; an example
    that has none gets the habit of its task, where such a habit makes sense.
    """
    answer = example.references[0]
    if example.target != answer:
        return example.target
    if not example.units or answer == _NOTHING or example.task.endswith(_TRANSLATION_ENDINGS):
        return answer
    habits = _LABEL_HABITS if answer in example.choices else _TEXT_HABITS
    return habits[number(seed, "habit", example.task) % len(habits)](answer)
