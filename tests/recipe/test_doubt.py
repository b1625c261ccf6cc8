"""Doubted references: which rows are doubted, and that a fine-tuning stage of two rounds resumes bit for bit."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redone.recipe.answering import Answer
from redone.recipe.config import Recipe, validate
from redone.recipe.context import Workshop
from redone.recipe.doubt import KNOWN, doubt
from redone.recipe.durable import read_json
from redone.recipe.hashing import hash_folder
from redone.recipe.runner import RunOptions, run
from redone.recipe.stages import imitate, journal, supervised, teach, tiny_base
from redone.recipe.workshop import prepare
from redone.records import Example, Message, Score


def group(
    number: int, *values: float | None, truth: str = "yes", said: str = "no", **rest: Any
) -> list[Answer]:
    """Answers to one example; what scores nothing says ``said``."""
    fields = {"task": "t", "language": "en", "choices": ("yes", "no"), "target": truth} | rest
    item = Example(
        id=f"{fields['task']}{number}",
        messages=(Message("user", f"question {number}"),),
        references=(truth,),
        **fields,
    )
    return [
        Answer(item, text, True, Score(value=value, answer=text, problem="" if value is not None else "down"))
        for value in values
        for text in [truth if value else said]
    ]


def test_a_row_that_fails_among_rows_that_pass_is_doubted() -> None:
    groups = [group(n, 1, 1, 1, 0) for n in range(5)] + [group(9, 0, 0, 0, 0)]
    (found,) = doubt(groups, 0.3)
    assert found.id == "t9"
    assert (found.reference, found.said, found.agreement) == ("yes", "no", 1.0)
    assert (found.score, found.usual) == (0.0, pytest.approx(0.625))
    assert found.prompt == "question 9"


def test_a_class_that_the_model_does_not_know_is_not_doubted() -> None:
    """A collapse to one answer misses the whole other class, which says nothing about its labels."""
    groups = [group(n, 1, 1, 1, 1) for n in range(9)]
    groups += [group(20 + n, 0, 0, 0, 0, truth="no", said="yes") for n in range(9)]
    assert doubt(groups, 0.5) == []


def test_open_tasks_are_compared_with_the_whole_task() -> None:
    groups = [group(n, 0.5, 0.5, choices=(), truth=f"title {n}") for n in range(4)]
    groups.append(group(9, 0.0, 0.1, choices=(), truth="of another note"))
    assert [found.id for found in doubt(groups, 0.3)] == ["t9"]


def test_an_unknown_score_is_no_doubt() -> None:
    groups = [group(n, 1, 1) for n in range(4)] + [group(9, None, None), group(10, None, 0.0)]
    assert [found.id for found in doubt(groups, 0.3)] == ["t10"]


scored = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.sampled_from(["yes", "no"]),
        st.lists(st.floats(0, 1), min_size=1, max_size=4),
    ),
    max_size=30,
)


@given(scored, st.floats(0, 1))
def test_doubts_are_few_low_and_never_of_an_unknown_kind(
    rows: list[tuple[str, str, list[float]]], below: float
) -> None:
    groups = [group(n, *values, task=task, truth=truth) for n, (task, truth, values) in enumerate(rows)]
    found = doubt(groups, below)
    assert len({x.id for x in found}) == len(found) <= max(0, len(rows) - 1), (
        "not every row is below its mean"
    )
    for x in found:
        assert x.usual >= KNOWN
        assert x.score < below * x.usual
    assert {x.id for x in doubt(groups, below / 2)} <= {x.id for x in found}
    assert doubt(groups, 0.0) == []


# --- a stage in two rounds


def make_recipe(below: float) -> Recipe:
    rate = {"learning_rate": 2e-3}
    sft = {
        "epochs": 2,
        "tokens_per_step": 512,
        "checkpoint_every": 2,
        "optimizer": rate,
        "doubt_below": below,
    }
    tree = {
        "name": "small",
        "threads": 1,
        "device": "cpu",
        "data": {
            "world": {"subcategories": 2, "words_per_topic": 3, "names": 6, "slang": 3},
            "tasks": ["sentiment", "title"],
            "examples_per_task": {"train": 16, "dev": 8, "test": 80},
            "general": {"train": 16, "dev": 8, "test": 8},
        },
        "base": {
            "vocab_size": 400,
            "hidden": 32,
            "layers": 1,
            "heads": 2,
            "kv_heads": 1,
            "head_dim": 16,
            "mlp": 48,
            "text_documents": 60,
            "echo_examples": 0,
            "general_examples": 20,
            "instruction_examples": 20,
            "checkpoint_every": 100,
        },
        "stages": [{"kind": "supervised", "general_share": 0.4, "sft": sft}],
    }
    return validate(Recipe, tree, "test")


@cache
def prepared() -> Any:
    return prepare(make_recipe(0.0), Path())


def bench() -> Workshop:
    return Workshop(
        stages={"tiny": tiny_base.run, "supervised": supervised.run},
        prepare=lambda recipe, root: prepared(),
        evaluate=lambda context: {},
    )


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> RunOptions:
    return RunOptions(cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture
def doubting(monkeypatch: pytest.MonkeyPatch) -> None:
    """So small a model knows no task; here every third logged reference is doubted."""

    def some(groups: list[list[Answer]], below: float) -> Any:
        from redone.recipe.doubt import _doubt

        return [_doubt(own, 0.0, 1.0) for own in groups[::3]]

    monkeypatch.setattr(teach, "doubt", some)


def record(out: Path) -> dict[str, Any]:
    told = read_json(out / "stages" / "01-supervised" / "stage.json")
    assert told is not None
    return told


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.usefixtures("doubting")
def test_the_second_round_learns_from_the_rest_and_both_are_counted(
    tmp_path: Path, options: RunOptions
) -> None:
    run(make_recipe(0.0), tmp_path / "one", bench(), options)
    run(make_recipe(0.3), tmp_path / "two", bench(), options)
    one, two = record(tmp_path / "one"), record(tmp_path / "two")
    doubted, before, after = (
        {row["id"] for row in lines(tmp_path / place)}
        for place in (
            f"two/stages/01-supervised/{teach.DOUBTED}",
            "one/stages/01-supervised/lessons.jsonl",
            "two/stages/01-supervised/lessons.jsonl",
        )
    )
    assert doubted
    assert after == before - doubted
    assert one["steps"] < two["steps"] < 2 * one["steps"]
    assert one["tokens"] < two["tokens"] < 2 * one["tokens"]
    assert f"{len(doubted)} of {len(before)} examples" in two["notes"][0]
    steps = [row["step"] for row in lines(tmp_path / "two/metrics.jsonl") if row["stage"] == "supervised"]
    assert steps == list(range(1, two["steps"] + 1))


class Crash(BaseException):
    """As a kill: nothing may catch it."""


def crash_at(part: str, step: int) -> Callable[..., None]:
    call = journal.StepReporter.__call__

    def report(self: Any, row: Any) -> None:
        call(self, row)
        if self._part == part and row["step"] + 1 == step:
            raise Crash

    return report


@pytest.mark.usefixtures("doubting")
@pytest.mark.parametrize(("part", "step"), [("first round", 3), ("fine-tuning", 1), ("fine-tuning", 3)])
def test_resumed_equals_straight(
    tmp_path: Path, options: RunOptions, monkeypatch: pytest.MonkeyPatch, part: str, step: int
) -> None:
    recipe, trained, straight = make_recipe(0.3), imitate.imitate, tmp_path / "straight"
    run(recipe, straight, bench(), options)
    out = tmp_path / "killed"
    with monkeypatch.context() as patched:
        patched.setattr(journal.StepReporter, "__call__", crash_at(part, step))
        with pytest.raises(Crash):
            run(recipe, out, bench(), options)
    rounds = []

    def count(*args: Any, **rest: Any) -> Any:
        rounds.append(rest.get("part", "fine-tuning"))
        return trained(*args, **rest)

    monkeypatch.setattr(teach, "imitate", count)
    run(recipe, out, bench(), options)
    assert rounds == (["first round", "fine-tuning"] if part == "first round" else ["fine-tuning"])
    assert hash_folder(out / "model") == hash_folder(straight / "model")
    file = f"stages/01-supervised/{teach.DOUBTED}"
    assert (out / file).read_bytes() == (straight / file).read_bytes()
