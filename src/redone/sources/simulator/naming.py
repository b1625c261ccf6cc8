"""Invented names: brands and slang words that exist in one world only."""

from __future__ import annotations

import random

from redone.sources.simulator.lexicon import Lexicon, Word


def _far_apart(name: str, others: list[str]) -> bool:
    """Whether the name shares no three letters in a row with another, so that the two never look alike."""
    low = name.lower()
    pieces = {low[i : i + 3] for i in range(len(low) - 2)}
    return all(piece not in other.lower() for piece in pieces for other in others)


def _latin(parts: tuple[tuple[str, ...], ...], count: int, taken: list[str], rng: random.Random) -> list[str]:
    names: list[str] = []
    for _ in range(count * 200):
        if len(names) == count:
            return names
        name = "".join(rng.choice(part) for part in parts)
        if len(name) >= 4 and _far_apart(name, names + taken):
            names.append(name)
    raise AssertionError(f"the name pieces give fewer than {count} different names")


def _han(pool: str, count: int, rng: random.Random) -> list[str]:
    """Two-character names in which no character occurs twice."""
    assert len(pool) >= 2 * count, f"{count} names need {2 * count} characters, there are {len(pool)}"
    mixed = rng.sample(pool, 2 * count)
    return ["".join(mixed[i : i + 2]) for i in range(0, 2 * count, 2)]


def brand_names(lexicon: Lexicon, count: int, rng: random.Random) -> tuple[Word, ...]:
    """Brand names, each in Chinese characters and in Latin letters."""
    pieces = lexicon.pieces
    latin = _latin((pieces["brand_start"], pieces["brand_middle"], pieces["brand_end"]), count, [], rng)
    return tuple(Word(zh, en) for zh, en in zip(_han(pieces["brand_zh"][0], count, rng), latin, strict=True))


def slang_forms(lexicon: Lexicon, count: int, rng: random.Random) -> tuple[Word, ...]:
    """Slang words in both languages; they look like no word of the lexicon."""
    pieces = lexicon.pieces
    known = [word.en for sub in lexicon.subs for word in sub.words]
    latin = _latin((pieces["slang_start"], pieces["slang_end"]), count, known, rng)
    return tuple(Word(zh, en) for zh, en in zip(_han(pieces["slang_zh"][0], count, rng), latin, strict=True))
