"""No trick beats an honest weak model, on any task of the simulated platform."""

import pytest

from redone.scoring.router import RewardRouter
from redone.sources.simulator import WorldSettings, make_world, stream
from redone.tasks import BuildSettings, Scorer, build_examples, hack_table, task_ids
from redone.tasks.hacks import HACKS, MARGIN

SNS = task_ids("sns", "translation")


@pytest.fixture(scope="module")
def tables():
    blocks = stream(make_world(WorldSettings(seed=3)), "test", users=640)
    settings = BuildSettings(seed=1, limit_per_task=32)
    by_task = {task: [] for task in SNS}
    for example in build_examples(blocks, task_ids=SNS, settings=settings):
        by_task[example.task].append(example)
    scorer = Scorer(RewardRouter())
    return {task: hack_table(examples, scorer) for task, examples in by_task.items()}


@pytest.mark.parametrize("task", SNS)
def test_no_trick_beats_a_weak_model(tables, task):
    found = tables[task]
    assert set(found.tricks) == set(HACKS)
    assert found.weak >= found.constant + MARGIN or found.weak == 1.0
    worst = max(found.tricks, key=lambda name: found.tricks[name])
    assert found.best < found.weak, worst
