from collections import Counter
from dataclasses import replace

import pytest

from redone.errors import UserError
from redone.records import Platform, example_from_json, example_to_json
from redone.tasks import BuildReport, BuildSettings, build_examples, get, task_ids
from redone.tasks.balance import ClassBalance

SNS = task_ids("sns", "translation")


def build(platform, ids=SNS, **settings):
    return list(build_examples(platform, task_ids=ids, settings=BuildSettings(**{"seed": 3, **settings})))


def test_the_same_seed_gives_the_same_examples(platform):
    assert build(platform) == build(platform)
    assert build(platform) != build(platform, seed=4)


def test_a_block_gives_the_same_examples_whatever_else_is_built(platform):
    alone = build(platform, ["sentiment"])
    assert [e for e in build(platform) if e.task == "sentiment"] == alone


def test_examples_are_distinct_and_survive_json(platform):
    examples = build(platform)
    assert len({e.id for e in examples}) == len(examples)
    for example in examples[::37]:
        assert example_from_json(example_to_json(example)) == example


def test_limits_are_kept_and_shared_by_the_languages(platform):
    examples = build(platform, limit_per_task=20)
    counts = Counter((e.task, e.language) for e in examples)
    assert set(counts.values()) == {10}
    assert len(counts) == 2 * len(SNS)


def test_one_language(platform):
    examples = build(platform, ["sentiment", "translate_zh_en"], limit_per_task=20, languages=("en",))
    assert Counter((e.task, e.language) for e in examples) == {
        ("sentiment", "en"): 20,
        ("translate_zh_en", "en"): 20,
    }


def test_it_stops_reading_when_every_limit_is_reached(platform):
    read = []

    def blocks():
        for number in range(50):
            read.append(number)
            yield replace(platform, notes=platform.notes)

    build(blocks(), ["sentiment"], limit_per_task=4)
    assert len(read) < 4


@pytest.mark.parametrize("task_id", SNS)
def test_no_class_takes_over(platform, task_id):
    task = get(task_id)
    for language in ("zh", "en"):
        classes = Counter(e.references[0] for e in build(platform, [task_id]) if e.language == language)
        total = classes.total()
        assert classes.most_common(1)[0][1] <= max(0.6 * total, 1)
        if task.max_share < 1:
            assert classes.most_common(1)[0][1] <= task.max_share * total + 2


def test_what_is_left_out_is_counted(platform):
    report = BuildReport()
    settings = BuildSettings(seed=1)
    twice = [platform, platform]
    built = list(
        build_examples(twice, task_ids=["sentiment", "query_level"], settings=settings, report=report)
    )
    assert report.built.total() == len(built)
    assert report.repeated["sentiment"] >= 100


def test_training_sees_the_first_wordings_only(platform):
    training = build(platform)
    assert not any(e.unseen_template for e in training)
    testing = build(platform, unseen_prompts=0.3)
    share = sum(e.unseen_template for e in testing) / len(testing)
    assert 0.25 < share < 0.35
    assert all(e.unseen_template for e in build(platform, unseen_prompts=1.0))


def test_held_out_sentence_patterns_are_marked(platform):
    examples = build(platform, ["sentiment"], held_out_templates={"b1"})
    assert {e.unseen_template for e in examples if e.template == "b1"} == {True}
    assert {e.unseen_template for e in examples if e.template != "b1"} == {False}


def test_the_records_behind_a_prompt_are_named(platform):
    known = {u.id for u in platform.users} | {n.id for n in platform.notes} | {q.id for q in platform.queries}
    known |= {c.id for c in platform.comments} | {p.id for p in platform.parallel}
    for example in build(platform):
        assert example.units
        assert set(example.units) <= known


def test_an_empty_platform_gives_nothing():
    assert build(Platform()) == []


def test_general_tasks_are_refused(platform):
    with pytest.raises(UserError, match="build_general"):
        build(platform, ["arithmetic"])


def test_several_acceptable_answers(platform):
    assert all(len(e.references) == 2 for e in build(platform, ["translate_zh_en"]))


def test_balance_refuses_only_the_surplus():
    balance = ClassBalance(0.5)
    stream = ["a"] * 50 + ["b"] * 5
    taken = [group for group in stream if balance.admit(group)]
    assert taken.count("b") == 5
    assert taken.count("a") < 5
    assert balance.refused == len(stream) - len(taken)
