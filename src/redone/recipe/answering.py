"""Answers of a policy to prompts, drawn in one decoding and scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from redone.model import Chat, SamplingSettings
from redone.records import Example, Score
from redone.tasks import Scorer
from redone.training import Sampler


@dataclass(frozen=True, slots=True)
class Answer:
    """One decoded and scored answer."""

    example: Example
    text: str
    finished: bool
    score: Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoding:
    """How answers are drawn: ``temperature`` 0 is greedy; ``samples`` per item."""

    name: str
    temperature: float
    samples: int
    max_new_tokens: int


@dataclass(frozen=True, slots=True)
class Examinee:
    """Who answers, and by whom the answers are scored."""

    sampler: Sampler
    chat: Chat
    scorer: Scorer

    def answer(self, examples: Sequence[Example], decoding: Decoding, *, seed: int) -> list[list[Answer]]:
        """``decoding.samples`` scored answers for each example, in the order of ``examples``."""
        prompts = [self.chat.encode_prompt(example.messages) for example in examples]
        size = decoding.samples
        settings = SamplingSettings(
            group_size=size, max_new_tokens=decoding.max_new_tokens, temperature=decoding.temperature
        )
        groups = self.sampler.generate(prompts, settings, seed)
        flat = [
            (example, self.chat.decode(completion.ids), completion.finish == "stop")
            for example, group in zip(examples, groups, strict=True)
            for completion in group
        ]
        scores = self.scorer.score_many(flat)
        answers = [Answer(*item, score) for item, score in zip(flat, scores, strict=True)]
        return [answers[i * size : (i + 1) * size] for i in range(len(examples))]
