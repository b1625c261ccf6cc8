"""The dataset of the embedded platform: what a run relies on, over worlds."""

from pathlib import Path

import pytest

from redone.errors import UserError
from redone.recipe.config import read_recipe
from redone.recipe.planning import evaluation_config, plan
from redone.recipe.pretraining import instructions
from redone.recipe.simulated import platform_examples, simulated_dataset, world_of

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


def test_held_out_tasks_are_only_measured():
    changes = {"seed": 5, "data.tasks": ["sentiment", "title", "mrc"], "data.unseen_tasks": []}
    sizes = {"data.examples_per_task.train": 8, "data.examples_per_task.dev": 8, "data.general.train": 16}
    whole = read_recipe(NANO, {**changes, **sizes})
    cut = read_recipe(NANO, {**changes, **sizes, "data.held_out_tasks": ["title"]})
    data = simulated_dataset(cut, sandbox=True)
    assert "title" not in {example.task for example in (*data.train, *data.dev)}
    assert [e for e in data.test if e.task == "title"]
    assert "title" in data.tasks
    assert data.test == simulated_dataset(whole, sandbox=True).test
    assert "title" not in {example.task for example in instructions(cut, cut.base, 1)}
    with pytest.raises(UserError, match="'title' is in unseen_tasks and in held_out_tasks"):
        read_recipe(NANO, {**changes, "data.held_out_tasks": ["title"], "data.unseen_tasks": ["title"]})


def test_a_forum_is_another_world_with_examples_of_every_part():
    changes = {"data.tasks": ["sentiment", "title", "mrc"], "data.unseen_tasks": []}
    sizes = {"data.examples_per_task.train": 8, "data.examples_per_task.dev": 8, "data.general.train": 16}
    notes = read_recipe(NANO, {**changes, **sizes})
    forum = read_recipe(NANO, {**changes, **sizes, "data.world.style": "forum"})
    assert notes == read_recipe(NANO, {**changes, **sizes, "data.world.style": "notes"})
    plain, other = (simulated_dataset(recipe, sandbox=True) for recipe in (notes, forum))
    for part in ("train", "dev", "test"):
        ours = [e for e in getattr(other, part) if e.task in changes["data.tasks"]]
        assert {example.task for example in ours} == {"sentiment", "title", "mrc"}
    lengths = [sum(len(e.messages[-1].content) for e in data.train) for data in (plain, other)]
    assert lengths[1] > 1.5 * lengths[0]
    assert (
        next(instructions(forum, forum.base, 1)).messages != next(instructions(notes, notes.base, 1)).messages
    )
    configs = [[stage.config for stage in plan(recipe, {})] for recipe in (notes, forum)]
    assert all(one != two for one, two in zip(*configs, strict=True))
    assert "style" not in configs[0][1]["data"]["world"], "runs from before there were styles still fit"
    assert evaluation_config(notes, {}) != evaluation_config(forum, {})
    with pytest.raises(UserError, match=r"data\.world\.style"):
        read_recipe(NANO, {"data.world.style": "forums"})


def test_a_platform_of_one_language_fills_its_tasks():
    recipe = read_recipe(
        NANO, {"data.languages": ["en"], "data.tasks": ["sentiment"], "data.unseen_tasks": []}
    )
    examples = list(platform_examples(world_of(recipe), "train", ["sentiment"], 20, 1))
    assert len(examples) == 20
    assert {example.language for example in examples} == {"en"}
