"""Who is on the platform: interests, persona, gender, age band, home language."""

from __future__ import annotations

import random
from functools import cache
from itertools import combinations

from redone.records import User
from redone.records.platform import Language
from redone.sources.simulator.chance import keyed
from redone.sources.simulator.days import some_day
from redone.sources.simulator.lexicon import Word
from redone.sources.simulator.splits import Split, deal
from redone.sources.simulator.world import World

_THIRD_INTEREST = 0.33


def make_user(world: World, split: Split, number: int) -> User:
    """The user with a number, with one of the personas of the split.

    The persona names role, two interests and a phrase that the person says in every comment. Who leans
    towards a topic by gender is drawn by the world, so age and gender hints follow from what people do.
    """
    languages = world.settings.languages
    language = languages[number % len(languages)]
    rng = keyed(world.seed, split, "user", number)
    role, phrase, *interests = _persona_words(world, split, rng)
    return User(
        id=f"{split}-u{number}",
        language=language,
        interests=tuple(word.say(language) for word in interests),
        persona=_persona_text(role, interests, phrase, language),
        gender=rng.choice(("female", "male")),
        age_band=role.extra,
        joined=some_day(world.settings.first_day, -720, 0, rng),
    )


def _persona_words(world: World, split: Split, rng: random.Random) -> list[Word]:
    """Role, phrase, two interests in random order and sometimes a third."""
    categories = list(dict.fromkeys(topic.category for topic in world.topics))
    roles, phrases = world.words["role"], world.words["phrase"]
    role, phrase, pair = rng.choice(
        deal(world, split, _codewords(len(roles), len(phrases), len(categories)), "personas")
    )
    interests = [categories[i] for i in rng.sample(pair, 2)]
    if rng.random() < _THIRD_INTEREST and len(categories) > 2:
        interests.append(rng.choice([c for c in categories if c not in interests]))
    return [roles[role], phrases[phrase], *interests]


@cache
def _codewords(roles: int, phrases: int, categories: int) -> list[tuple[int, int, tuple[int, int]]]:
    """Combinations of role, phrase and pair of interests of which any two differ in two places at least.

    The positions add up to zero modulo the longest list (a code of distance two), so no two personas are
    near-duplicates, whichever splits they go to.
    """
    pairs = list(combinations(range(categories), 2))
    modulus = max(roles, phrases, len(pairs))
    return [
        (role, phrase, pair)
        for role in range(roles)
        for phrase in range(phrases)
        for place, pair in enumerate(pairs)
        if (role + phrase + place) % modulus == 0
    ]


def _persona_text(role: Word, interests: list[Word], phrase: Word, language: Language) -> str:
    first, second = (word.say(language) for word in interests[:2])
    if language == "zh":
        return f"{role.zh}，喜欢{first}和{second}，爱说{phrase.zh}"
    return f"{role.en} into {first}, {second}, says {phrase.en}"


def spoken_phrase(world: World, user: User) -> Word:
    """The phrase that the user's persona names."""
    return next(p for p in world.words["phrase"] if user.persona.endswith(p.say(user.language)))
