"""Wrong options for multiple-choice questions: of another record, and hard where the mapping asks for it."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from functools import lru_cache

from redone.scoring.normalise import canonical
from redone.sources.ingest.candidate import Candidate
from redone.sources.ingest.faults import TOO_FEW, RowFault
from redone.sources.ingest.mapping import Choices
from redone.sources.ingest.steps.row import shorten

LETTERS = "ABCDEFGHIJ"
DRAWN = 60
"""How many pool texts are looked at per question: enough that the nearest ones are near."""
SAME = 0.8
"""Likeness to the right answer from which an option could count as right itself, so it is not taken."""


def likeness(one: str, other: str) -> float:
    """Dice coefficient of the sets of adjacent character pairs, 0..1: works without word borders (zh)."""
    a, b = _pairs(one), _pairs(other)
    return 2 * len(a & b) / (len(a) + len(b)) if a or b else 1.0


@lru_cache(maxsize=20_000)
def _pairs(text: str) -> frozenset[str]:
    plain = canonical(text)
    return frozenset(plain[i : i + 2] for i in range(len(plain) - 1)) or frozenset({plain})


def with_options(
    spec: Choices, question: Candidate, pool: Sequence[tuple[str, str]], rng: random.Random
) -> tuple[str, tuple[str, ...]]:
    """The letter of the right answer, and the options in order. ``pool`` holds (text, value of ``apart``).

    Raises:
        RowFault: fewer wrong options than asked for.

    """
    needed = spec.count - 1
    answers = {canonical(answer) for answer in question.answers}
    drawn = [(t, "") for t in question.among] if spec.among else rng.sample(pool, min(DRAWN, len(pool)))
    wrong: dict[str, str] = {}
    for text, apart in drawn:
        if question.apart and apart == question.apart:
            continue
        if canonical(text) not in answers and not _too_alike(text, question, spec):
            wrong.setdefault(canonical(text), text)
    options = list(wrong.values())
    if len(options) < needed:
        raise RowFault(TOO_FEW, f"{len(options)} of {needed}")
    if spec.among:
        rng.shuffle(options)
    if spec.hard:
        options.sort(key=lambda text: _ease(text, question))
    chosen = [question.answers[0], *options[:needed]]
    rng.shuffle(chosen)
    letter = LETTERS[chosen.index(question.answers[0])]
    return letter, tuple(shorten(text, spec.characters) if spec.characters else text for text in chosen)


def _ease(text: str, question: Candidate) -> float:
    """How easily an option is told from the right answer without understanding either; small is hard.

    With a ``like`` text the option must share as much with it as the answer does, neither less nor more: the
    nearest texts would make "take the option that is least like the question" a winning rule (measured: 0.62
    where chance is 0.33). Length must fit too, or "take the shortest" wins (measured: 0.61).
    """
    answer = question.answers[0]
    length = abs(math.log((len(text) + 1) / (len(answer) + 1)))
    if question.like:
        return 4 * abs(likeness(text, question.like) - likeness(answer, question.like)) + length
    return 1 - likeness(text, answer) + length


def _too_alike(text: str, question: Candidate, spec: Choices) -> bool:
    # Options out of the row itself are known to be wrong; drawn ones are only presumed to be.
    return not spec.among and likeness(text, question.answers[0]) >= SAME
