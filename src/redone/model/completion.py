"""One drawn answer, and how answers are drawn."""

from __future__ import annotations

from dataclasses import dataclass

from redone.errors import UserError
from redone.records.rollout import FinishReason


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingSettings:
    """How answers are drawn.

    ``temperature`` 0 takes the most likely token. ``batch_tokens`` bounds the prompt and answer tokens that
    are worked on together; it changes memory and speed, not the answers. None is what suits a CPU's caches
    (16,384), or keeps a GPU busy (262,144).
    """

    group_size: int = 1
    max_new_tokens: int = 64
    temperature: float = 1.0
    top_p: float = 1.0
    batch_tokens: int | None = None

    def __post_init__(self) -> None:
        budget = 1 if self.batch_tokens is None else self.batch_tokens
        if min(self.group_size, self.max_new_tokens, budget) < 1:
            raise UserError(f"group_size, max_new_tokens and batch_tokens must be at least 1: {self}")
        if not 0.0 <= self.temperature < float("inf") or not 0.0 < self.top_p <= 1.0:
            raise UserError(f"temperature must be at least 0 and top_p in (0, 1]: {self}")


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer: its ids (with the stop token when ``finish`` is "stop") and a log-probability for each.

    The log-probabilities are those of the model's softmax at the sampling temperature (at temperature 1 for
    greedy answers), before ``top_p`` cuts it: at temperature 1 they are the policy's own.
    """

    ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    finish: FinishReason
