"""How much a recipe has of what its stages work on."""

from __future__ import annotations

from redone.recipe.config import (
    ContinuedStage,
    ExploratoryStage,
    FilesData,
    PreferenceStage,
    Recipe,
    RefinementStage,
    SimulatorData,
    SupervisedStage,
    TargetedStage,
    TinyBase,
)


def task_count(recipe: Recipe) -> int:
    """Platform tasks of the recipe; of files without a list of tasks, one per mapping."""
    if isinstance(recipe.data, SimulatorData):
        from redone.recipe.simulated import platform_tasks

        return len(platform_tasks(recipe.data))
    assert isinstance(recipe.data, FilesData)
    return len(recipe.data.tasks) or len(recipe.data.mappings)


def pool_sizes(recipe: Recipe) -> tuple[int, int]:
    """Platform and general examples to train on, at most."""
    return task_count(recipe) * recipe.data.examples_per_task.train, recipe.data.general.train


def longest_document(recipe: Recipe) -> int:
    """Columns of the longest piece that an update cannot cut: one group, one pair, one row."""
    longest = [recipe.base.max_positions if isinstance(recipe.base, TinyBase) else 1]
    for stage in recipe.stages:
        if isinstance(stage, ExploratoryStage | RefinementStage):
            longest.append(stage.rl.max_prompt_tokens + stage.rl.group_size * stage.rl.max_new_tokens)
        elif isinstance(stage, TargetedStage | SupervisedStage):
            longest.append(stage.sft.row_tokens)
        elif isinstance(stage, PreferenceStage):
            longest.append(stage.dpo.row_tokens)
        elif isinstance(stage, ContinuedStage):
            longest.append(stage.reading.row_tokens)
    return max(longest)
