"""What is asked of the engine and what comes back."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from redone.serving.engine.text_stream import TextStream

Finish = Literal["stop", "length", "cancelled", "timeout", "fault"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One answer wanted: the prompt's ids and how to draw.

    ``temperature`` 0 takes the most likely token. ``seed`` makes a drawn answer repeatable, whatever is
    decoded beside it (up to the rounding of sums in batches of other sizes). ``stream`` delivers text as it
    settles, otherwise the answer comes whole. ``scored`` asks for the answer's log-probability.
    """

    prompt: tuple[int, ...]
    max_new_tokens: int
    temperature: float = 1.0
    top_p: float = 1.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    stream: bool = False
    scored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelAsk:
    """Which of the allowed answers is likely: log-probabilities of ``options`` after ``prompt``.

    Every option is a whole answer's ids with its end token, so that one that begins another is no problem.
    """

    prompt: tuple[int, ...]
    options: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """Settled text of a streamed answer."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The end of a request.

    ``num_tokens`` counts drawn tokens with the stop token; ``logprob`` is the sum of theirs at the sampling
    temperature, where it was asked for; ``num_cached`` prompt tokens came from the prefix cache; ``labels`` are
    the answers to a ``LabelAsk``; ``problem`` says what broke when ``finish`` is "fault".
    """

    text: str = ""
    finish: Finish = "stop"
    num_tokens: int = 0
    num_cached: int = 0
    logprob: float = 0.0
    labels: tuple[float, ...] = ()
    problem: str = ""


@dataclass(slots=True, eq=False)
class Ticket:
    """A request on its way. Events arrive on ``loop``; the last one is an ``Answer``."""

    ask: Ask | LabelAsk
    loop: asyncio.AbstractEventLoop
    deadline: float
    events: asyncio.Queue[Piece | Answer] = field(default_factory=asyncio.Queue)
    gone: bool = False
    """Nobody waits any more: the row is dropped before the next step."""

    async def answer(self) -> Answer:
        """Wait for the end, skipping streamed pieces."""
        while True:
            event = await self.events.get()
            if isinstance(event, Answer):
                return event


@dataclass(slots=True, eq=False)
class Row:
    """A live answer: one row of the running batch."""

    ticket: Ticket
    ask: Ask
    text: TextStream | None
    chance: random.Random
    ids: list[int] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)
    logprob: float = 0.0
    num_cached: int = 0

    @classmethod
    def of(cls, ticket: Ticket, ask: Ask, text: TextStream | None) -> Row:
        """A row without tokens yet."""
        return cls(ticket, ask, text, random.Random(ask.seed))


def longest(asks: Sequence[Ask]) -> int:
    """Tokens that the longest of the rows may come to, prompt and answer."""
    return max((len(ask.prompt) + ask.max_new_tokens for ask in asks), default=0)
