"""Supervised fine-tuning on the pool: both steps of RedOne 1.0, and the baseline of the RL-first order.

RedOne 1.0 fine-tunes twice: on platform and general instructions together, then with the weight shifted to the
platform. A recipe says so with two stages of this kind: the second with a small ``general_share`` and, where some
tasks matter more than others, an ``emphasis``. The shares of both steps are not published.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from redone.errors import UserError
from redone.recipe.config import SupervisedStage
from redone.recipe.context import StageContext, StageOutcome
from redone.recipe.dataset import Dataset, by_task
from redone.recipe.hashing import derive_seed
from redone.recipe.stages.imitate import Lesson, gold
from redone.recipe.stages.policy import open_policy, save_policy
from redone.recipe.stages.teach import teach
from redone.records import Example


def run(context: StageContext) -> StageOutcome:
    """Next-token training on every reference of the pool.

    The general examples of the pool make up ``general_share`` of the rows: fewer are taken, or they repeat.
    With a share of 1 they are the whole set, each once.

    Raises:
        UserError: ``tasks`` or ``emphasis`` names a task that the pool does not have.

    """
    settings = context.settings
    assert isinstance(settings, SupervisedStage)
    dataset = context.dataset.dataset
    _check_tasks(dataset, settings)
    policy = open_policy(context)
    policy, result = teach(context, policy, compose(dataset, settings, context.seed), settings.sft)
    save_policy(context, policy)
    return result


def compose(dataset: Dataset, settings: SupervisedStage, seed: int) -> list[Lesson]:
    """The rows of one epoch: platform examples once, or as their task's emphasis says, and general ones."""
    share = settings.general_share
    platform = chosen(dataset.train, settings, seed) if share < 1 else []
    wanted = round(len(platform) * share / (1 - share)) if share < 1 else len(dataset.general)
    lessons = [Lesson(e, gold(e, normalised=settings.normalised_targets), "platform") for e in platform]
    return lessons + [Lesson(e, gold(e), "general") for e in repeat_to(dataset.general, wanted, seed)]


def chosen(pool: Sequence[Example], settings: SupervisedStage, seed: int) -> list[Example]:
    """The platform examples of one epoch."""
    if not settings.tasks and not settings.emphasis:
        return list(pool)
    rows: list[Example] = []
    for task, own in by_task(pool).items():
        if not settings.tasks or task in settings.tasks:
            times = settings.emphasis.get(task, 1.0)
            rows += repeat_to(own, round(times * len(own)), derive_seed(seed, "emphasis", task))
    return rows


def _check_tasks(dataset: Dataset, settings: SupervisedStage) -> None:
    for key, names in (("tasks", settings.tasks), ("emphasis", tuple(settings.emphasis))):
        for name in names:
            if name not in dataset.platform_tasks:
                raise UserError(
                    f"stages.{settings.name}.{key}: the pool has no task {name!r}; it has "
                    f"{', '.join(dataset.platform_tasks)}"
                )


def repeat_to(items: Sequence[Example], count: int, seed: int) -> list[Example]:
    """``count`` of the items in random order, each before any comes again."""
    rng = random.Random(seed)
    chosen: list[Example] = []
    while items and len(chosen) < count:
        sweep = rng.sample(list(items), len(items))
        chosen += sweep[: count - len(chosen)]
    return chosen
