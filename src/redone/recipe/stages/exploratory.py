"""RedOne 2.0, stage 1: exploratory learning (section 3.2).

Reinforcement learning straight from the base model, over all tasks at once. Prompts are balanced over tasks, so
that long-tail tasks stay visible, and mixed with general prompts. It aligns what the model can already do with
what the platform asks, and shows what it cannot do: a task whose groups are all wrong teaches RL nothing.
"""

from __future__ import annotations

from redone.recipe.config import ExploratoryStage
from redone.recipe.context import StageContext, StageOutcome
from redone.recipe.stages.policy import open_policy, save_policy
from redone.recipe.stages.reinforce import reinforce


def run(context: StageContext) -> StageOutcome:
    """DAPO on the whole pool."""
    settings = context.settings
    assert isinstance(settings, ExploratoryStage)
    dataset = context.dataset.dataset
    policy = open_policy(context)
    result = reinforce(
        context,
        policy,
        dataset.train,
        dataset.general,
        general_share=settings.general_share,
        rl=settings.rl,
        balance=settings.balance == "kept",
    )
    save_policy(context, policy)
    return result
