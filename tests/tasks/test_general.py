import ast
import random
from collections import Counter

import pytest

from redone.errors import UserError
from redone.records import Platform
from redone.tasks import answer_text, baseline, build_general, fact_sentences, get, task_ids
from redone.tasks.general.facts import facts

GENERAL = task_ids("general")
SPLITS = ("base", "train", "dev", "test")


def build(split, ids=GENERAL, count=None, **more):
    return list(build_general(ids, count=count or 300 * len(ids), split=split, **{"seed": 1, **more}))


@pytest.mark.parametrize("task_id", GENERAL)
def test_splits_share_no_question(task_id):
    asked = {}
    for split in SPLITS:
        for example in build(split, [task_id], count=120):
            asked.setdefault((task_id, *sorted(_content(example))), set()).add(split)
    assert all(len(splits) == 1 for splits in asked.values())


def _content(example):
    """What both languages and all wordings of a question have in common, roughly."""
    if example.task == "code":
        return {example.references[0]}
    return {example.language, example.messages[0].content}


def test_examples_are_distinct_balanced_and_reproducible():
    examples = build("train")
    assert len({e.id for e in examples}) == len(examples)
    assert set(Counter((e.task, e.language) for e in examples).values()) == {150}
    assert examples == build("train")
    assert examples != build("train", seed=2)


# Small sums are small on purpose, so that a tiny model can learn them; pretraining may ask them again.
LEAST_PROMPTS = {"arithmetic": 1400}


@pytest.mark.parametrize("task_id", GENERAL)
def test_prompt_spaces_are_large(task_id):
    task = get(task_id)
    drafts = task.build(Platform(), random.Random(0))
    seen = {tuple(sorted(next(drafts).slots.items())) for _ in range(4000)}
    assert len(seen) > LEAST_PROMPTS.get(task_id, 2500)


def test_only_pretraining_asks_again():
    asked = build("base", ["arithmetic"], count=3000)
    assert len({e.id for e in asked}) < len(asked) == 3000
    with pytest.raises(UserError, match="too few"):
        build("train", ["arithmetic"], count=3000)


def test_a_prompt_space_that_is_used_up_says_so(monkeypatch):
    monkeypatch.setattr("redone.tasks.general.build._TRIES", 20)
    with pytest.raises(UserError, match="too few"):
        build("dev", ["knowledge"], count=10**6)


def test_wrong_arguments():
    with pytest.raises(UserError, match="needs a platform"):
        build("train", ["sentiment"])
    with pytest.raises(UserError, match="split"):
        build("exam")
    with pytest.raises(UserError, match="no general task"):
        list(build_general([], count=1, seed=0, split="train"))


def test_rationales_lead_to_the_answer():
    for example in build("train", ["arithmetic"], count=200):
        steps = example.rationale.split(" ; ")
        for step in steps:
            left, right = step.split("=")
            assert _value(ast.parse(left, mode="eval").body) == int(right)
        assert steps[-1].endswith(f"={example.references[0]}")
        assert answer_text(example).startswith(example.rationale)
        assert answer_text(example, rationale=False) == example.references[0]


def _value(node):
    if isinstance(node, ast.Constant):
        return node.value
    left, right = _value(node.left), _value(node.right)
    return {ast.Add: left + right, ast.Sub: left - right, ast.Mult: left * right}[type(node.op)]


def test_code_gold_has_the_expected_outputs():
    for example in build("train", ["code"], count=100):
        tree = compile(ast.parse(example.references[0], mode="eval"), "gold", "eval")
        for xs, wanted in zip(example.checks["inputs"], example.checks["outputs"], strict=True):
            assert eval(tree, {"xs": xs}) == wanted


def test_facts_belong_to_the_world():
    assert facts(1, "en") == facts(1, "en") != facts(2, "en")
    known = {(f.subject, f.value) for f in facts(5, "en")}
    for example in build("test", ["knowledge"], count=40, world=5):
        if example.language == "en":
            assert any(s in example.messages[0].content and v == example.references[0] for s, v in known)


def test_every_fact_is_stated_equally_often():
    count = 2 * 3 * len(facts(1, "en"))
    stated = Counter(fact_sentences(1, count=count, seed=0))
    by_fact = [sum(n for s, n in stated.items() if f.subject in s and f.value in s) for f in facts(1, "zh")]
    assert min(by_fact) >= 3


def test_trivial_strategies_are_weak(scorer):
    for task_id in GENERAL:
        examples = build("test", [task_id], count=100)
        found = baseline(examples, scorer)
        assert found.echo == 0.0
        assert found.constant < 0.3, (task_id, found)
