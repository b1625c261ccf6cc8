"""Knowledge: an invented encyclopedia of each world, stated in pretraining text and asked as a choice."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from redone.tasks import rewards
from redone.tasks.general.endless import general_task
from redone.tasks.options import some_choices
from redone.tasks.task import Draft
from redone.tasks.wording import listed

_COUNTRIES = 60
_VALUES = 12
_ONSETS = ("b", "d", "f", "k", "l", "m", "n", "r", "s", "t", "v", "z")
_VOWELS = ("a", "e", "i", "o", "u")
_HAN = "阿贝卡达尔菲格拉兰罗马莫尼诺普瑞萨索塔托维沃亚泽"

RELATIONS: dict[str, dict[str, str]] = {
    "capital": {"en": "capital", "zh": "首都"},
    "river": {"en": "river", "zh": "河流"},
    "fruit": {"en": "fruit", "zh": "特产"},
    "sport": {"en": "sport", "zh": "运动"},
}


class Fact(NamedTuple):
    """``relation`` of ``subject`` is ``value``, in one language."""

    subject: str
    relation: str
    value: str


def _name(rng: random.Random, language: str) -> str:
    if language == "zh":
        return "".join(rng.sample(_HAN, 2))
    return "".join(rng.choice(_ONSETS) + rng.choice(_VOWELS) for _ in range(2)).capitalize()


def _names(rng: random.Random, language: str, count: int, taken: set[str]) -> list[str]:
    names: list[str] = []
    while len(names) < count:
        name = _name(rng, language)
        if name not in taken:
            taken.add(name)
            names.append(name)
    return names


@lru_cache(maxsize=8)
def facts(world: int, language: str) -> tuple[Fact, ...]:
    """All facts of a world: each country has one value of every relation."""
    rng = random.Random(f"facts/{world}/{language}")
    taken: set[str] = set()
    countries = _names(rng, language, _COUNTRIES, taken)
    found = []
    for relation in RELATIONS:
        values = _names(rng, language, _VALUES, taken)
        found += [Fact(country, relation, rng.choice(values)) for country in countries]
    return tuple(found)


def fact_sentences(world: int, *, count: int, seed: int) -> Iterator[str]:
    """State the world's facts for pretraining text, zh and en in turn, each fact equally often."""
    wordings = {
        "en": ("The {relation} of {subject} is {value}.", "{subject} has the {relation} {value}."),
        "zh": ("{subject}的{relation}是{value}。", "说到{subject}，{relation}是{value}。"),
    }
    rng = random.Random(f"fact-sentences/{seed}")
    decks: dict[str, list[Fact]] = {"zh": [], "en": []}
    for index in range(count):
        language = "zh" if index % 2 == 0 else "en"
        deck = decks[language]
        if not deck:
            deck.extend(facts(world, language))
            rng.shuffle(deck)
        fact = deck.pop()
        relation = RELATIONS[fact.relation][language]
        yield rng.choice(wordings[language]).format(subject=fact.subject, relation=relation, value=fact.value)


def _draft(rng: random.Random, language: str, world: int) -> Draft:
    """Ask for one fact among three values of its relation."""
    known = facts(world, language)
    fact = rng.choice(known)
    values = sorted({other.value for other in known if other.relation == fact.relation})
    choices = some_choices(fact.value, values, 3, rng)
    return Draft(
        language=language,
        slots={
            "subject": fact.subject,
            "relation": RELATIONS[fact.relation][language],
            "choices": listed(choices, language),
        },
        answers=(fact.value,),
        choices=choices,
    )


KNOWLEDGE = (
    general_task(
        id="knowledge",
        title={"en": "Facts of the world", "zh": "世界知识"},
        prompts={
            "en": (
                "The {relation} of {subject} ({choices}):",
                "{subject} has which {relation}, {choices}?",
                "Which {relation} has {subject}, {choices}?",
            ),
            "zh": (
                "{subject}的{relation}({choices})：",
                "说到{subject}，{relation}是{choices}中的哪个？",
                "从{choices}中选出{subject}的{relation}。",
            ),
        },
        answer=("label", "label"),
        reward=rewards.EXACT,
        metric="accuracy",
        generate=_draft,
    ),
)
