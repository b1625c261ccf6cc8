"""The dataset of the embedded platform: what a run relies on, over worlds."""

from pathlib import Path

import pytest

from redone.recipe.config import read_recipe
from redone.recipe.simulated import simulated_dataset

NANO = Path(__file__).parents[2] / "recipes" / "redone-2-nano.yaml"


@pytest.mark.parametrize(
    "seed", [11, 12, 13]
)  # worlds in which two posts were worded alike, or sums ran short
def test_ids_are_given_once_and_parts_are_full(seed):
    recipe = read_recipe(NANO, {"seed": seed, "data.tasks": ["translate_zh_en"], "data.unseen_tasks": []})
    data = simulated_dataset(recipe, sandbox=True)
    for part in (data.train, data.general, data.dev, data.test):
        assert len({example.id for example in part}) == len(part)
    assert len(data.train) == recipe.data.examples_per_task.train
    assert len(data.general) == recipe.data.general.train
