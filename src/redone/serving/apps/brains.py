"""What an application may ask of a model: to choose between given labels, or to write a short text."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from redone.records import Message
from redone.serving.engine import Answer, Ask, Engine, LabelAsk
from redone.serving.http.errors import Refused
from redone.serving.http.waiting import broken_answer, submit

PARALLEL = 64
"""Questions of all applications under way at a time, so that chats find a place in the queue as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafts:
    """How many texts to write and how freely; the first of them is the most likely one."""

    count: int
    max_tokens: int = 32
    temperature: float = 0.9
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """A text and its mean log-probability per token; None where the model does not tell."""

    text: str
    logprob: float | None


class Brain(Protocol):
    """A model, here or elsewhere."""

    async def choose(self, prompt: str, labels: Sequence[str]) -> list[float] | None:
        """Probabilities of the labels, summing to one; None when the model does not say.

        Raises:
            Refused: there is no answer to be had, and why.

        """
        ...

    async def write(self, prompt: str, drafts: Drafts) -> list[Written]:
        """``drafts.count`` texts. Raises ``Refused`` like ``choose``."""
        ...


class LocalBrain:
    """The engine in this process. Labels are scored: nothing else than one of them can come out."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._free = asyncio.Semaphore(PARALLEL)

    async def choose(self, prompt: str, labels: Sequence[str]) -> list[float] | None:
        """Softmax over the labels' log-probabilities as whole answers."""
        options = tuple(tuple(self.engine.chat.encode_answer(label)) for label in labels)
        answer = await self._ask(LabelAsk(prompt=self._prompt(prompt), options=options))
        return softmax(answer.labels)

    async def write(self, prompt: str, drafts: Drafts) -> list[Written]:
        """One greedy text, the others drawn."""
        ids = self._prompt(prompt)
        asks = [
            Ask(
                prompt=ids,
                max_new_tokens=drafts.max_tokens,
                temperature=drafts.temperature if number else 0.0,
                seed=drafts.seed + number,
                scored=True,
            )
            for number in range(drafts.count)
        ]
        answers = await asyncio.gather(*(self._ask(ask) for ask in asks))
        return [Written(a.text, a.logprob / max(1, a.num_tokens)) for a in answers if a.finish == "stop"]

    def _prompt(self, prompt: str) -> tuple[int, ...]:
        return tuple(self.engine.chat.encode_prompt([Message("user", prompt)]))

    async def _ask(self, ask: Ask | LabelAsk) -> Answer:
        async with self._free:
            ticket = submit(self.engine, ask)
            try:
                answer = await ticket.answer()
            except asyncio.CancelledError:
                self.engine.cancel(ticket)
                raise
        broken = broken_answer(answer)
        if broken is not None:
            raise broken
        return answer


def softmax(logprobs: Sequence[float]) -> list[float]:
    """Probabilities among the given options alone."""
    top = max(logprobs)
    if not math.isfinite(top):
        raise Refused(500, "the model gives no label any probability", code="internal")
    weights = [math.exp(value - top) for value in logprobs]
    total = sum(weights)
    return [weight / total for weight in weights]
