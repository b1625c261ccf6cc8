import random

import pytest

from redone.recipe.simulated import general_examples
from redone.scoring import RewardRouter
from redone.tasks import Scorer, answer_text, catalogue, slip

QUESTIONS = list(general_examples("base", 210, 5, sandbox=True))


@pytest.mark.parametrize("task", sorted({example.task for example in QUESTIONS}))
def test_a_slip_is_another_answer_than_the_reasoned_one(task: str) -> None:
    for example in (question for question in QUESTIONS if question.task == task):
        wrong = slip(example, random.Random(example.id))
        assert wrong
        assert wrong != answer_text(example)


@pytest.mark.parametrize("task", ["lookup", "reversal", "sorting", "knowledge"])
def test_a_slip_in_a_decided_question_earns_nothing(task: str) -> None:
    scorer = Scorer(RewardRouter(), catalogue())
    for example in (question for question in QUESTIONS if question.task == task):
        assert scorer.score(example, slip(example, random.Random(1)), True).value == 0.0
