"""For every task in every language: the gold answer gets the maximum, every other kind of answer less."""

import math

import pytest

from redone.tasks import BuildSettings, answer_text, build_examples, build_general, get, task_ids

PER_LANGUAGE = 4
IDS = [(task_id, language) for task_id in task_ids() for language in ("zh", "en")]


@pytest.fixture(scope="module")
def examples(platform):
    sns = task_ids("sns", "translation")
    built = list(build_examples(platform, task_ids=sns, settings=BuildSettings(seed=1, limit_per_task=24)))
    general = task_ids("general")
    built += build_general(general, count=24 * len(general), seed=1, split="train")
    return built


def of(examples, task_id, language):
    found = [e for e in examples if e.task == task_id and e.language == language]
    assert len(found) >= PER_LANGUAGE, f"{task_id}/{language} has {len(found)} examples"
    return found[:PER_LANGUAGE]


@pytest.mark.parametrize(("task_id", "language"), IDS)
def test_gold_answers_get_the_maximum(examples, scorer, task_id, language):
    for example in of(examples, task_id, language):
        forms = [*example.references, example.target, answer_text(example), f" {example.references[0]} \n"]
        for text in forms:
            score = scorer.score(example, text, True)
            assert score.value == 1.0, (example.messages[0].content, text, score)
        assert scorer.score(example, example.references[0], False).value == 0.0, "cut answers are wrong"


def bad_answers(example):
    gold = example.references[0]
    prompt = example.messages[-1].content
    yield "empty", ""
    yield "blank", " \n"
    yield "nonsense", "qqq zzz 龘"
    yield "echo", prompt
    if get(example.task).parser != "number":  # "7+8 = 15" is a fair answer
        yield "echo with gold", f"{prompt} {gold}"
    yield "long", " ".join([gold, *["and so on 等等"] * 40])
    if get(example.task).parser != "free":  # the words are free there
        yield "repeated", f"{gold} {gold} {gold} {gold}"
    yield "unclosed thinking", f"<think>{gold}"
    if example.choices and get(example.task).parser == "label":
        yield "all options", ", ".join(example.choices)
        yield "all options by line", "\n".join(example.choices)
        yield "another option", next(c for c in example.choices if c != gold)
        yield "hidden second answer", f"answer {gold} answer {next(c for c in example.choices if c != gold)}"
    if get(example.task).parser == "list":
        yield "all options", ", ".join(example.choices or (gold, "x1", "x2", "x3"))


@pytest.mark.parametrize(("task_id", "language"), IDS)
def test_other_answers_get_less(examples, scorer, task_id, language):
    for example in of(examples, task_id, language):
        for kind, text in bad_answers(example):
            value = scorer.score(example, text, True).value
            assert value is not None
            assert not math.isnan(value)
            assert 0.0 <= value < 1.0, (kind, text, example.references)


def test_scores_do_not_depend_on_the_batch(examples, scorer):
    items = [(e, e.references[0] if i % 2 else "wrong", bool(i % 3)) for i, e in enumerate(examples[:60])]
    assert scorer.score_many(items) == [scorer.score(*item) for item in items]


def test_the_score_tells_what_was_read(examples, scorer):
    example = next(e for e in examples if e.task == "taxonomy")
    score = scorer.score(example, f"Topic: {example.references[0].upper()}.", True)
    assert score.answer == example.references[0]
    assert score.components["finished"] == 1.0
