"""Format following: the form is asked for and judged, the words are free (pattern reward, Eq. 5)."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from redone.tasks import rewards
from redone.tasks.general.endless import general_task
from redone.tasks.general.lexicon import WORDS
from redone.tasks.task import Draft

_SHORT: dict[str, Any] = {"rule": "char_count", "max": 40}
_Form = tuple[dict[str, str], Callable[[str, str], str], Callable[[str, str], list[dict[str, Any]]]]

_FORMS: tuple[_Form, ...] = (
    (
        {"en": "in square brackets", "zh": "放在方括号里"},
        lambda one, two: f"[{one} {two}]",
        lambda one, two: [{"rule": "bracketed"}],
    ),
    (
        {"en": "in round brackets", "zh": "放在圆括号里"},
        lambda one, two: f"({one} {two})",
        lambda one, two: [{"rule": "bracketed", "open": "(", "close": ")"}],
    ),
    (
        {"en": "with a star at each end", "zh": "两头各加一个星号"},
        lambda one, two: f"*{one} {two}*",
        lambda one, two: [{"rule": "bracketed", "open": "*", "close": "*"}],
    ),
    (
        {"en": "as a hashtag", "zh": "写成话题标签"},
        lambda one, two: f"#{one}",
        lambda one, two: [{"rule": "hashtags", "min": 1, "max": 1}, {"rule": "prefix", "text": "#"}],
    ),
    (
        {"en": "as JSON with the key text", "zh": "写成JSON，键为text"},
        lambda one, two: f'{{"text": "{one}"}}',
        lambda one, two: [{"rule": "json", "keys": ["text"], "types": {"text": "string"}}],
    ),
    (
        {"en": "and end with !!!", "zh": "并以!!!结尾"},
        lambda one, two: f"{one} {two}!!!",
        lambda one, two: [{"rule": "suffix", "text": "!!!"}, {"rule": "regex", "pattern": "[^!]+!!!"}],
    ),
    (
        {"en": "and start with >>", "zh": "并以>>开头"},
        lambda one, two: f">> {one} {two}",
        lambda one, two: [{"rule": "prefix", "text": ">>"}],
    ),
)
_UPPER: _Form = (
    {"en": "in capital letters"},
    lambda one, two: f"{one} {two}".upper(),
    lambda one, two: [{"rule": "upper"}],
)


def _draft(rng: random.Random, language: str, world: int) -> Draft:
    """Form times two words: over 10,000 prompts per language."""
    forms = (*_FORMS, _UPPER) if language == "en" else _FORMS
    said, gold, rules = rng.choice(forms)
    one, two = rng.sample(WORDS[language], 2)
    return Draft(
        language=language,
        slots={"form": said[language], "one": one, "two": two},
        answers=(gold(one, two),),
        checks={"rules": [*rules(one, two), _SHORT]},
        group=said[language],
    )


FORM = (
    general_task(
        id="format",
        title={"en": "Asked-for format", "zh": "按格式作答"},
        prompts={
            "en": (
                "Write about {one} and {two} {form}.",
                "{one} , {two}\nSay it {form}.",
                "Write {one} , {two} {form}.",
            ),
            "zh": (
                "写写{one}和{two}，{form}。",
                "{one}、{two}\n说一下，{form}。",
                "说一下{one}和{two}，{form}。",
            ),
        },
        answer=("free", "free"),
        reward=rewards.PATTERN,
        metric="format kept",
        generate=_draft,
    ),
)
