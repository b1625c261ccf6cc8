"""Who is on the platform: interests, persona, gender, age band, home language."""

from __future__ import annotations

import random

from redone.records import User
from redone.records.platform import Language
from redone.sources.simulator.chance import keyed
from redone.sources.simulator.days import some_day
from redone.sources.simulator.lexicon import Word
from redone.sources.simulator.splits import Split, split_of
from redone.sources.simulator.world import World


def make_user(world: World, split: Split, number: int) -> User:
    """The user with a number; drawn again until the persona belongs to the split.

    The persona names role, two interests and a phrase that the person says in every comment. Who leans
    towards a topic by gender is drawn by the world, so age and gender hints follow from what people do.
    """
    languages = world.settings.languages
    language = languages[number % len(languages)]
    rng = keyed(world.seed, split, "user", number)
    while True:
        role = rng.choice(world.words["role"])
        phrase = rng.choice(world.words["phrase"])
        interests = _interests(world, rng)
        named = sorted(word.en for word in interests[:2])
        if split_of(world, "persona", role.en, phrase.en, *named) == split:
            break
    return User(
        id=f"{split}-u{number}",
        language=language,
        interests=tuple(word.say(language) for word in interests),
        persona=_persona(role, interests, phrase, language),
        gender=rng.choice(("female", "male")),
        age_band=role.extra,
        joined=some_day(world.settings.first_day, -720, 0, rng),
    )


def _interests(world: World, rng: random.Random) -> list[Word]:
    categories = list(dict.fromkeys(topic.category for topic in world.topics))
    return rng.sample(categories, min(len(categories), rng.choice((2, 2, 3))))


def _persona(role: Word, interests: list[Word], phrase: Word, language: Language) -> str:
    first, second = (word.say(language) for word in interests[:2])
    if language == "zh":
        return f"{role.zh}，喜欢{first}和{second}，爱说{phrase.zh}"
    return f"{role.en} who loves {first} and {second}, says {phrase.en}"


def spoken_phrase(world: World, user: User) -> Word:
    """The phrase that the user's persona names."""
    return next(p for p in world.words["phrase"] if user.persona.endswith(p.say(user.language)))
