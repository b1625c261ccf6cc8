"""What the model itself says to a prompt, several times: the stuff that pairs are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from redone.model import SamplingSettings
from redone.recipe.config import PreferenceStage
from redone.recipe.context import StageContext
from redone.recipe.hashing import derive_seed
from redone.recipe.soft_labels import Candidate, sample_candidates
from redone.recipe.stages.policy import Policy
from redone.records import Example


@dataclass(frozen=True, slots=True)
class Answered:
    """A prompt with its different finished answers, as sampled first to last; ``cut`` counts unfinished ones."""

    example: Example
    candidates: tuple[Candidate, ...]
    cut: int


def answered(
    context: StageContext, policy: Policy, settings: PreferenceStage, examples: Sequence[Example], part: str
) -> list[Answered]:
    """``settings.candidates`` answers of each prompt, doubles merged."""
    if not examples:
        return []
    context.progress.advance(0, len(examples), f"answers ({part})")
    sampling = SamplingSettings(
        group_size=settings.candidates,
        max_new_tokens=context.recipe.evaluation.max_new_tokens,
        temperature=settings.temperature,
    )
    groups = sample_candidates(
        policy.sampler,
        policy.chat,
        context.dataset.scorer,
        examples,
        sampling,
        derive_seed(context.seed, "candidates", part),
    )
    return [
        Answered(
            example,
            tuple({c.text: c for c in group if c.finished and c.text}.values()),
            sum(not c.finished for c in group),
        )
        for example, group in zip(examples, groups, strict=True)
    ]
