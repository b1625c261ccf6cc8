"""Invented names: brands and slang words that exist in one world only."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from itertools import islice, product

from redone.sources.simulator.drawing import draw
from redone.sources.simulator.lexicon import Lexicon, Word

_STRICT_TRIES = 400


def _far_apart(name: str, others: Sequence[str]) -> bool:
    """Whether the name shares no three letters in a row with another, so that the two never look alike."""
    low = name.lower()
    pieces = {low[i : i + 3] for i in range(len(low) - 2)}
    return all(piece not in other.lower() for piece in pieces for other in others)


def _latin(
    parts: Sequence[Sequence[str]], count: int, known: Collection[str], rng: random.Random
) -> list[str]:
    """Names put together from parts, none a known word; unlike each other as far as the parts allow."""
    every = ["".join(combination) for combination in product(*parts)]
    rng.shuffle(every)
    fresh = [name for name in every if len(name) >= 4 and not any(name in word for word in known)]
    names: list[str] = []
    for name in fresh[:_STRICT_TRIES]:
        if len(names) < count and _far_apart(name, names):
            names.append(name)
    rest = (name for name in fresh if name not in names)
    return [*names, *islice(rest, count - len(names))]


def _han(pool: str, count: int, what: str, rng: random.Random) -> list[str]:
    """Two-character names in which no character occurs twice."""
    mixed = draw(rng, pool, 2 * count, f"{what} (two characters each)")
    return ["".join(mixed[i : i + 2]) for i in range(0, 2 * count, 2)]


def brand_names(lexicon: Lexicon, count: int, rng: random.Random) -> tuple[Word, ...]:
    """Brand names, each in Chinese characters and in Latin letters."""
    pieces = lexicon.pieces
    latin = _latin([pieces["brand_start"], pieces["brand_middle"], pieces["brand_end"]], count, (), rng)
    return _words(_han(pieces["brand_zh"][0], count, "brands", rng), latin)


def slang_forms(lexicon: Lexicon, count: int, rng: random.Random) -> tuple[Word, ...]:
    """Slang words in both languages; they are no part of a word of the lexicon."""
    pieces = lexicon.pieces
    known = {word.en for sub in lexicon.subs for word in sub.words}
    latin = _latin([pieces["slang_start"], pieces["slang_end"]], count, known, rng)
    return _words(_han(pieces["slang_zh"][0], count, "slang", rng), latin)


def _words(han: Sequence[str], latin: Sequence[str]) -> tuple[Word, ...]:
    return tuple(Word(zh, en) for zh, en in zip(han, latin, strict=True))
