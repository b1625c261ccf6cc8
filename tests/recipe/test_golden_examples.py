"""The demo's examples are the same byte for byte, whatever the catalogue and the simulator have gained since.

New tasks and new records draw from generators of their own. A digest that differs means that an old draw was
disturbed: every published figure of the demo would then be of other data.
"""

import hashlib
from pathlib import Path

import orjson
import pytest

from redone.recipe.config import read_recipe
from redone.recipe.simulated import general_examples, platform_examples, platform_tasks, world_of
from redone.records import example_to_json
from redone.sources.simulator import ObservationSettings, documents, observe

RECIPE = Path(__file__).parents[2] / "recipes" / "redone-2-nano.yaml"
PER_TASK = 24
GOLDEN = {
    "base": "2cee223aecf88ad6e1c0bb16e43d0b44",
    "train": "eb56ef4d6544b5bb81cb4d6955c72a18",
    "dev": "d5480a865cc5b0af916c0043c6103b47",
    "test": "1037580dbb76e298aca3ad34c30abcf7",
    "general": "a6e529d43b77c512f58b9f3859c30663",
    "observed": "4d9b4ac84dd1967723919a53a4db3020",
    "documents": "f809886341d60c5df97bd09ae489e3e9",
}


@pytest.fixture(scope="module")
def demo():
    recipe = read_recipe(RECIPE)
    return recipe, world_of(recipe), platform_tasks(recipe.data)


def digest(rows):
    found = hashlib.blake2b(digest_size=16)
    for row in rows:
        text = row if isinstance(row, str) else orjson.dumps(example_to_json(row))
        found.update(text.encode() if isinstance(text, str) else text)
    return found.hexdigest()


@pytest.mark.parametrize("split", ["base", "train", "dev", "test"])
def test_platform_examples(demo, split):
    _, world, tasks = demo
    assert len(tasks) == 27
    assert digest(platform_examples(world, split, tasks, PER_TASK, seed=17)) == GOLDEN[split]


def test_general_examples(demo):
    recipe, _, _ = demo
    assert digest(general_examples("train", 200, recipe.seed, sandbox=True)) == GOLDEN["general"]


def test_observed_examples(demo):
    _, world, tasks = demo
    examples = platform_examples(world, "train", tasks, PER_TASK, seed=17)
    assert digest(observe(examples, ObservationSettings(), seed=3)) == GOLDEN["observed"]


def test_pretraining_text(demo):
    _, world, _ = demo
    assert digest(documents(world, count=400, seed=5)) == GOLDEN["documents"]
