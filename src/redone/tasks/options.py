"""Closed answers: choices with their order mixed, and A/B questions with the right one at a random letter."""

from __future__ import annotations

import random
from collections.abc import Sequence

LETTERS = ("A", "B", "C", "D")


def some_choices(gold: str, others: Sequence[str], count: int, rng: random.Random) -> tuple[str, ...]:
    """``gold`` among at most ``count`` distinct choices, in mixed order."""
    pool = [other for other in dict.fromkeys(others) if other != gold]
    picked = [gold, *rng.sample(pool, min(count - 1, len(pool)))]
    rng.shuffle(picked)
    return tuple(picked)


def lettered(gold: str, wrong: Sequence[str], rng: random.Random) -> tuple[str, dict[str, str]]:
    """Return the letter of the right text, and the texts by lower-case slot name (``a``, ``b``, ...)."""
    texts = [gold, *wrong]
    rng.shuffle(texts)
    return LETTERS[texts.index(gold)], {
        letter.lower(): text for letter, text in zip(LETTERS, texts, strict=False)
    }
