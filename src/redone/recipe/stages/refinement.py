"""RedOne 2.0, stage 3: refinement learning (section 3.4).

DAPO again, on prompts that are hard but not hopeless for the stage-2 model: each prompt of the pool is sampled a
few times, and those with a pass rate inside a band stay. "Difficult" is not defined in the paper; the band is
our setting. Prompts that ask for a rationale are raised to a stated share (published: 57.18 %).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from redone.recipe.answering import Decoding, Examinee
from redone.recipe.config import RefinementStage
from redone.recipe.context import StageContext, StageOutcome
from redone.recipe.hashing import derive_seed
from redone.recipe.materials import Materials
from redone.recipe.stages.policy import Policy, open_policy, save_policy
from redone.recipe.stages.reinforce import reinforce
from redone.records import Example


def run(context: StageContext) -> StageOutcome:
    """Screen the pool, then DAPO on the hard part."""
    settings = context.settings
    assert isinstance(settings, RefinementStage)
    dataset = context.dataset.dataset
    policy = open_policy(context)
    platform, platform_note = hard_part(context, policy, settings, dataset.train, "platform")
    general, general_note = hard_part(context, policy, settings, dataset.general, "general")
    result = reinforce(
        context,
        policy,
        platform,
        general,
        general_share=settings.general_share,
        rl=settings.rl,
        balance=settings.balance == "kept",
        reasoning_share=settings.rationale_share,
    )
    save_policy(context, policy)
    return StageOutcome(
        examples=result.examples,
        prompts=result.prompts,
        tokens=result.tokens,
        steps=result.steps,
        warnings=result.warnings,
        notes=(platform_note, general_note, *result.notes),
    )


def hard_part(
    context: StageContext, policy: Policy, settings: RefinementStage, pool: Sequence[Example], part: str
) -> tuple[list[Example], str]:
    """The examples whose mean sampled score lies strictly inside the band, or all if none does; and a note."""
    materials: Materials = context.dataset
    decoding = Decoding(
        name="screen",
        temperature=settings.rl.temperature,
        samples=settings.screen_samples,
        max_new_tokens=settings.rl.max_new_tokens,
    )
    context.progress.advance(0, len(pool), f"screening ({part})")
    seed = derive_seed(context.seed, "screen", part)
    examinee = Examinee(policy.sampler, policy.chat, materials.scorer)
    groups = examinee.answer(pool, decoding, seed=seed)
    hard = []
    for group in groups:
        known = [answer.score.value for answer in group if answer.score.value is not None]
        if known and settings.hard_low < float(np.mean(known)) < settings.hard_high:
            hard.append(group[0].example)
    if pool and not hard:
        return list(pool), f"no {part} prompt of {len(pool)} is hard: all of them are used"
    return hard, f"hard {part} prompts: {len(hard)} of {len(pool)}"
