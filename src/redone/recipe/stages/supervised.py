"""Plain supervised fine-tuning on the whole pool: the baseline that the RL-first order is compared with."""

from __future__ import annotations

import random
from collections.abc import Sequence

from redone.recipe.config import SupervisedStage
from redone.recipe.context import StageContext, StageOutcome
from redone.recipe.stages.imitate import Lesson, gold, imitate
from redone.recipe.stages.policy import open_policy, save_policy
from redone.records import Example


def run(context: StageContext) -> StageOutcome:
    """Next-token training on every reference of the pool.

    The general examples of the pool make up ``general_share`` of the rows: fewer are taken, or they repeat.
    """
    settings = context.settings
    assert isinstance(settings, SupervisedStage)
    dataset = context.dataset.dataset
    policy = open_policy(context)
    lessons = [Lesson(e, gold(e, normalised=settings.normalised_targets), "platform") for e in dataset.train]
    wanted = round(len(lessons) * settings.general_share / (1 - settings.general_share))
    chosen = repeat_to(dataset.general, wanted, context.seed)
    lessons += [Lesson(e, gold(e), "general") for e in chosen]
    result = imitate(context, policy, lessons, settings.sft)
    save_policy(context, policy)
    return result


def repeat_to(items: Sequence[Example], count: int, seed: int) -> list[Example]:
    """``count`` of the items in random order, each before any comes again."""
    rng = random.Random(seed)
    chosen: list[Example] = []
    while items and len(chosen) < count:
        sweep = rng.sample(list(items), len(items))
        chosen += sweep[: count - len(chosen)]
    return chosen
