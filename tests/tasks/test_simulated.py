"""Every task gets enough examples from the simulated platform, and short ones."""

from collections import Counter

import pytest

from redone.sources.simulator import WorldSettings, make_world, stream
from redone.tasks import BuildSettings, baseline, build_examples, task_ids

SNS = task_ids("sns", "translation")


@pytest.fixture(scope="module")
def examples():
    world = make_world(WorldSettings(seed=11))
    blocks = stream(world, "train", users=640)
    settings = BuildSettings(seed=1, limit_per_task=120)
    return list(build_examples(blocks, task_ids=SNS, settings=settings))


@pytest.mark.parametrize("task_id", SNS)
def test_at_least_fifty_examples_per_language(examples, task_id):
    counts = Counter(e.language for e in examples if e.task == task_id)
    assert counts["zh"] >= 50
    assert counts["en"] >= 50


@pytest.mark.parametrize("task_id", SNS)
def test_gold_is_right_and_trivial_answers_are_not(examples, scorer, task_id):
    own = [e for e in examples if e.task == task_id]
    assert all(s.value == 1.0 for s in scorer.score_many([(e, e.references[0], True) for e in own]))
    assert all(s.value == 1.0 for s in scorer.score_many([(e, e.target, True) for e in own]))
    found = baseline(own, scorer)
    assert found.constant <= 0.6
    assert found.echo <= 0.6
    assert (found.everything or 0.0) <= 0.6


def test_prompts_and_answers_are_short(examples):
    """Counted as a small vocabulary would: a Chinese character or a Latin word is about one token."""
    lengths = [_length(e.messages[0].content) for e in examples]
    assert sum(lengths) / len(lengths) <= 36
    assert max(lengths) <= 80
    assert max(_length(e.references[0]) for e in examples) <= 40


def _length(text):
    han = sum("一" <= char <= "鿿" for char in text)
    return han + len(text.encode("ascii", "ignore").split())
