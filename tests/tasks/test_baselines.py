import pytest

from redone.errors import UserError
from redone.scoring.router import RewardRouter
from redone.tasks import BuildSettings, Scorer, baseline, build_examples, build_general, task_ids


@pytest.mark.parametrize("task_id", task_ids("sns", "translation"))
def test_no_trivial_strategy_solves_a_task(platform, scorer, task_id):
    settings = BuildSettings(seed=5, limit_per_task=100)
    found = baseline(list(build_examples(platform, task_ids=[task_id], settings=settings)), scorer)
    assert 0.0 <= found.constant <= 0.65
    assert found.constant_answer
    assert 0.0 <= found.echo <= 0.65
    assert (found.everything or 0.0) <= 0.65
    assert found.chance is None or found.constant >= found.chance - 0.15


def test_unscored_is_unknown():
    examples = list(build_general(["code"], count=4, seed=0, split="test"))
    found = baseline(examples, Scorer(RewardRouter()))
    assert found.constant is None
    assert found.echo is None


def test_no_examples():
    with pytest.raises(UserError, match="no examples"):
        baseline([], Scorer(RewardRouter()))
