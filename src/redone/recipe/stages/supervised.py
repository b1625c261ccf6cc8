"""Plain supervised fine-tuning on the whole pool: the baseline that the RL-first order is compared with."""

from __future__ import annotations

import random
from collections.abc import Sequence

from redone.recipe.config import SupervisedStage
from redone.recipe.context import StageContext, StageOutcome
from redone.recipe.dataset import Dataset
from redone.recipe.stages.imitate import Lesson, gold, imitate
from redone.recipe.stages.policy import open_policy, save_policy
from redone.records import Example


def run(context: StageContext) -> StageOutcome:
    """Next-token training on every reference of the pool.

    The general examples of the pool make up ``general_share`` of the rows: fewer are taken, or they repeat.
    With a share of 1 they are the whole set, each once.
    """
    settings = context.settings
    assert isinstance(settings, SupervisedStage)
    dataset = context.dataset.dataset
    policy = open_policy(context)
    result = imitate(context, policy, compose(dataset, settings, context.seed), settings.sft)
    save_policy(context, policy)
    return result


def compose(dataset: Dataset, settings: SupervisedStage, seed: int) -> list[Lesson]:
    """The rows of the stage: every platform example once, and the general ones in their share."""
    share = settings.general_share
    platform = dataset.train if share < 1 else ()
    wanted = round(len(platform) * share / (1 - share)) if share < 1 else len(dataset.general)
    lessons = [Lesson(e, gold(e, normalised=settings.normalised_targets), "platform") for e in platform]
    return lessons + [Lesson(e, gold(e), "general") for e in repeat_to(dataset.general, wanted, seed)]


def repeat_to(items: Sequence[Example], count: int, seed: int) -> list[Example]:
    """``count`` of the items in random order, each before any comes again."""
    rng = random.Random(seed)
    chosen: list[Example] = []
    while items and len(chosen) < count:
        sweep = rng.sample(list(items), len(items))
        chosen += sweep[: count - len(chosen)]
    return chosen
