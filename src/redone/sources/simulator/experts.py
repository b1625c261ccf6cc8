"""What a domain expert of the simulated platform says about two answers.

The expert knows what people on the platform really wrote (no log noise) and prefers the answer nearer to it.
Experts slip: at a stated rate they name the other answer, or one of two that are equal. Their draws are keyed by
the pair, so that asking one pair more changes nothing about the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from redone.errors import UserError
from redone.records import Example
from redone.scoring import evaluate
from redone.sources.simulator.chance import share


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertSettings:
    """``slips`` is the share of pairs labelled the wrong way; quality less than ``tie_below`` apart is a tie."""

    slips: float = 0.1
    tie_below: float = 0.05
    metric: str = "rouge_l"

    def __post_init__(self) -> None:
        for name in ("slips", "tie_below"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise UserError(f"experts.{name} is {getattr(self, name)}: give a share from 0 to 1")


def expert_prefers(
    truth: Example, answer_a: str, answer_b: str, settings: ExpertSettings, seed: int
) -> Literal["a", "b", "tie"]:
    """The expert's word on two answers to the prompt of ``truth``, whose references are what was really written."""
    quality = [evaluate(settings.metric, text, truth.references, {}) for text in (answer_a, answer_b)]
    gap = quality[0] - quality[1]
    slip = share(seed, "expert-slip", truth.id, *sorted((answer_a, answer_b))) < settings.slips
    if abs(gap) < settings.tie_below:
        if not slip:
            return "tie"
        # Which of two equal answers a slip names must not depend on where it stands.
        gap = share(seed, "expert-pick", truth.id, answer_a) - share(seed, "expert-pick", truth.id, answer_b)
        return "a" if gap > 0 else "b"
    return "a" if (gap > 0) != slip else "b"
