"""The sentence of a note that carries its tone: an opinion, sarcasm, slang, or something harmful.

Sentiment is that of the opinion word; a sarcasm marker turns a good word into a negative note; slang carries
the sentiment of its meaning; a harmful clause takes the place of the opinion and leaves sentiment unlabelled.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from redone.sources.simulator.lexicon import Pattern, Word
from redone.sources.simulator.world import World

SENTIMENTS = ("positive", "negative", "neutral")
_SENTIMENT_SHARES = (0.4, 0.35, 0.25)


@dataclass(frozen=True, slots=True)
class Clause:
    """The sentence after the core of a note, with the labels that it brings."""

    pattern: Pattern
    words: Mapping[str, Word]
    labels: Mapping[str, str]


def harm_clause(world: World, rng: random.Random) -> Clause:
    """A clause that breaks one rule of the policy, or (one in four) only looks as if it did."""
    name = rng.choice(world.harms)
    verdict = "keeps" if rng.random() < 0.25 else "breaks"
    digits = str(rng.randrange(100, 1000))
    labels = {"harm": name if verdict == "breaks" else "none"}
    return Clause(rng.choice(world.lexicon.policy[name][verdict]), {"code": Word(digits, digits)}, labels)


def opinion_clause(world: World, rng: random.Random, day: str, *, slang: bool | None = None) -> Clause:
    """A sentence with an opinion, straight, sarcastic or in slang that is alive on ``day``."""
    settings = world.settings
    sentiment = rng.choices(SENTIMENTS, _SENTIMENT_SHARES)[0]
    sarcastic = rng.random() < settings.sarcasm
    uses_slang = rng.random() < settings.slang_use if slang is None else slang
    alive = [s for s in world.slang if s.alive(day)]
    labels = {"harm": "none", "sarcasm": "no"}
    if uses_slang and alive:
        term = rng.choice(alive)
        sentiment = "positive" if term.good else "negative"
        pattern = rng.choice(world.patterns("opinion"))
        return Clause(pattern, {"feel": term.word}, labels | {"sentiment": sentiment})
    if sarcastic and slang is None:
        words = {"marker": rng.choice(world.words["marker"]), "feel": rng.choice(world.words["positive"])}
        pattern = rng.choice(world.patterns("sarcasm"))
        return Clause(pattern, words, labels | {"sarcasm": "yes", "sentiment": "negative"})
    pattern = rng.choice(world.patterns("opinion"))
    return Clause(pattern, {"feel": rng.choice(world.words[sentiment])}, labels | {"sentiment": sentiment})
