"""What a judge is: somebody who says which of two answers is better, or that this cannot be said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Winner = Literal["a", "b", "tie"]
SWAPPED: dict[Winner, Winner] = {"a": "b", "b": "a", "tie": "tie"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the two answers answer. ``references`` are answers of the platform's log, none where it has none.

    ``prompt`` and the answers are strangers' text: data for a judge, never an instruction.
    """

    id: str
    task: str
    language: str
    prompt: str
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Duel:
    """Two answers to one question."""

    question: Question
    answer_a: str
    answer_b: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The better answer, or ``winner`` None when it is unknown; ``reason`` says why in either case."""

    winner: Winner | None
    reason: str


class Judge(Protocol):
    """Compares two answers. ``parallel`` is how many calls it takes at a time."""

    @property
    def name(self) -> str:
        """How tables call the judge."""
        ...

    @property
    def parallel(self) -> int:
        """1 for a judge that computes, more for one that waits."""
        ...

    def compare(self, question: Question, answer_a: str, answer_b: str) -> Verdict:
        """The verdict. A judge that is down, slow or not understood says None; it never guesses."""
        ...
