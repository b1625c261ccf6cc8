"""Soft labels: the model's own best answer as a training target (RedOne 2.0, section 3.3.1).

For each prompt a number of answers is sampled, a judge scores them, and the best is kept. This is rejection
sampling, not distillation of probabilities: the targets stay close to what the model already says, so that
fine-tuning on them costs little of what it knows.

The paper's judge is not described. Ours is a composite: the task's reward against the logged reference first,
then the share of candidates that agree on the answer (none where no answer can be read), then the mean
log-probability per token.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from redone.model import Chat, Completion, SamplingSettings
from redone.records import Example, Score
from redone.tasks import Scorer
from redone.training import Sampler


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sampled answer with the parts of its quality."""

    text: str
    finished: bool
    score: Score
    agreement: float
    logprob: float

    @property
    def quality(self) -> tuple[float, float, float]:
        """Composite quality, compared part by part; unscored answers rank lowest."""
        value = -1.0 if self.score.value is None else self.score.value
        return (value, self.agreement, self.logprob)


def sample_candidates(
    sampler: Sampler,
    chat: Chat,
    scorer: Scorer,
    examples: Sequence[Example],
    settings: SamplingSettings,
    seed: int,
) -> list[list[Candidate]]:
    """``settings.group_size`` candidates for each example, best first."""
    groups = sampler.generate([chat.encode_prompt(e.messages) for e in examples], settings, seed)
    flat = [
        (example, chat.decode(answer.ids), answer.finish == "stop")
        for example, group in zip(examples, groups, strict=True)
        for answer in group
    ]
    scores = iter(scorer.score_many(flat))
    texts = iter(flat)
    return [_rank(group, [next(texts) for _ in group], [next(scores) for _ in group]) for group in groups]


def _rank(
    group: Sequence[Completion], texts: Sequence[tuple[Example, str, bool]], scores: Sequence[Score]
) -> list[Candidate]:
    votes = Counter(score.answer for score in scores if score.answer)
    candidates = [
        Candidate(text, finished, score, votes[score.answer] / len(group), float(np.mean(answer.logprobs)))
        for (_, text, finished), score, answer in zip(texts, scores, group, strict=True)
    ]
    return sorted(candidates, key=lambda c: c.quality, reverse=True)


def soft_label(
    candidates: Sequence[Candidate], min_score: float, accept: Callable[[Candidate], bool] = lambda c: True
) -> str | None:
    """The best candidate's text, or None when none is finished, scored and good enough."""
    for candidate in candidates:
        value = candidate.score.value
        if candidate.finished and value is not None and value >= min_score and accept(candidate):
            return candidate.text
    return None
