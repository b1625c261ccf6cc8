from dataclasses import replace

import pytest

from redone.errors import UserError
from redone.records import Example, Message
from redone.scoring.router import RewardRouter
from redone.scoring.sandbox import open_sandbox
from redone.tasks import Scorer, build_general, get


def example(task="sentiment", **more):
    return Example(
        id="e",
        task=task,
        language="en",
        messages=(Message("user", "?"),),
        references=("positive",),
        target="positive",
        choices=("positive", "negative"),
        **more,
    )


def test_own_tasks_come_before_the_catalogue():
    own = replace(get("sentiment"), id="mood")
    assert Scorer(RewardRouter(), {"mood": own}).score(example("mood"), "Positive.", True).value == 1.0
    with pytest.raises(UserError, match="mood"):
        Scorer(RewardRouter()).score(example("mood"), "positive", True)


def test_an_answer_that_cannot_be_read_is_wrong_not_unknown():
    score = Scorer(RewardRouter()).score(example(), "positive, negative", True)
    assert score.value == 0.0
    assert score.components == {"parsed": 0.0, "finished": 1.0}
    assert score.answer == ""


def test_without_a_sandbox_code_is_unscored():
    (code,) = build_general(["code"], count=1, seed=0, split="train")
    score = Scorer(RewardRouter()).score(code, code.references[0], True)
    assert score.value is None
    assert "sandbox" in score.problem


def test_code_runs_in_the_sandbox():
    sandbox, reason = open_sandbox()
    if sandbox is None:
        pytest.skip(reason)
    scorer = Scorer(RewardRouter(sandbox))
    examples = list(build_general(["code"], count=40, seed=0, split="train"))
    gold = scorer.score_many([(e, e.references[0], True) for e in examples])
    assert [score.value for score in gold] == [1.0] * len(examples)
    for wrong in ("0", "max(xs)", "xs", "print(xs)", "__import__('os').getpid()", "max(xs"):
        values = [s.value for s in scorer.score_many([(e, wrong, True) for e in examples])]
        assert values == [0.0] * len(examples), wrong


def test_equal_code_in_other_words_is_right():
    sandbox, reason = open_sandbox()
    if sandbox is None:
        pytest.skip(reason)
    (code,) = build_general(["code"], count=1, seed=3, split="train")
    assert (
        Scorer(RewardRouter(sandbox)).score(code, f"```python\n0 + ({code.references[0]})\n```", True).value
        == 1
    )
