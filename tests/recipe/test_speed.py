"""The speed switches of a recipe: every kind of training and the sampler use them, and resume stays exact."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from redone.errors import UserError
from redone.model import GroupSampler
from redone.recipe.config import Recipe, SpeedConfig, validate
from redone.recipe.context import Workshop
from redone.recipe.hashing import hash_folder
from redone.recipe.planning import evaluation_config, plan
from redone.recipe.runner import RunOptions, run
from redone.recipe.stages import exploratory, preference, supervised, tiny_base
from redone.recipe.workshop import prepare
from redone.records import Score
from redone.training.loop import Loop

FAST = {"layout": "flat", "kernels": "onednn"}
RATE = {"learning_rate": 2e-3}


def make_tree(**changes: Any) -> dict[str, Any]:
    return {
        "name": "fast",
        "threads": 1,
        "device": "cpu",
        "data": {
            "world": {"subcategories": 2, "words_per_topic": 2, "names": 4, "slang": 2},
            "tasks": ["sentiment", "title"],
            "examples_per_task": {"train": 16, "dev": 8, "test": 80},
            "general": {"train": 16, "dev": 8, "test": 8},
        },
        "base": {
            "vocab_size": 400,
            "hidden": 32,
            "layers": 2,
            "heads": 2,
            "kv_heads": 1,
            "head_dim": 16,
            "mlp": 48,
            "text_documents": 40,
            "echo_examples": 0,
            "general_examples": 20,
            "instruction_examples": 40,
            "compute": "f32",
        },
        "stages": [
            {
                "kind": "exploratory",
                "rl": {
                    "steps": 4,
                    "groups_per_step": 4,
                    "group_size": 4,
                    "max_rounds": 1,
                    "max_new_tokens": 8,
                    "checkpoint_every": 2,
                    "optimizer": RATE,
                },
            },
            {"kind": "supervised", "sft": {"epochs": 2, "tokens_per_step": 512, "optimizer": RATE}},
            {
                "kind": "preference",
                "judged_pairs": 0,
                "option_pairs": 12,
                "mistake_pairs": 0,
                "dpo": {"pairs_per_step": 4, "checkpoint_every": 1, "optimizer": RATE},
            },
        ],
        **changes,
    }


def make_recipe(**changes: Any) -> Recipe:
    return validate(Recipe, make_tree(**changes), "test")


class Parity:
    """Half of all answers are right: a model of seconds has no right ones, and would not be updated."""

    def score_many(self, items: Any) -> list[Score]:
        return [Score(value=float(len(text) % 2)) for _, text, _ in items]


@cache
def prepared() -> Any:
    return replace(prepare(make_recipe(), Path()), scorer=Parity())


def bench() -> Workshop:
    return Workshop(
        stages={
            "tiny": tiny_base.run,
            "exploratory": exploratory.run,
            "supervised": supervised.run,
            "preference": preference.run,
        },
        prepare=lambda recipe, root: prepared(),
        evaluate=lambda context: {},
    )


def rows(root: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (root / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if k not in {"time", "seconds"}} for line in lines]


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> RunOptions:
    return RunOptions(cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory, options: RunOptions) -> Path:
    out = tmp_path_factory.mktemp("straight")
    run(make_recipe(speed=FAST), out, bench(), options)
    return out


class Crash(BaseException):
    """As a kill: nothing may catch it."""


def finished(stage: str) -> set[str]:
    """The stages that a crash in ``stage`` leaves behind as done."""
    return {"exploratory", "supervised"} if stage == "preference" else set()


@pytest.mark.parametrize(("stage", "step"), [("exploratory", 3), ("preference", 2)])
def test_resumed_equals_straight(
    straight: Path,
    options: RunOptions,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
    step: int,
) -> None:
    from redone.recipe.stages import journal

    call, used = journal.StepReporter.__call__, set()
    loop, made = Loop.run, GroupSampler.__init__
    kernels = []

    def report(self: Any, row: Any) -> None:
        call(self, row)
        if self._context.name == stage and row["step"] + 1 == step:
            raise Crash

    def trained(self: Any) -> Any:
        used.add((type(self.settings).__name__, self.settings.layout, self.settings.kernels))
        return loop(self)

    def sampler(self: Any, *arguments: Any, **named: Any) -> None:
        made(self, *arguments, **named)
        kernels.append(self.kernels)

    recipe = make_recipe(speed=FAST)
    with monkeypatch.context() as patched:
        patched.setattr(journal.StepReporter, "__call__", report)
        with pytest.raises(Crash):
            run(recipe, tmp_path, bench(), options)
    monkeypatch.setattr(Loop, "run", trained)
    monkeypatch.setattr(GroupSampler, "__init__", sampler)
    run(recipe, tmp_path, bench(), replace(options, profile=True))
    assert hash_folder(tmp_path / "model") == hash_folder(straight / "model")
    assert rows(tmp_path) == rows(straight)
    for name in ("exploratory", "supervised", "preference"):
        assert any(row["stage"] == name and row["grad_norm"] for row in rows(tmp_path)), name
    assert ("DpoSettings", "flat", "onednn") in used
    assert {(layout, kernel) for _, layout, kernel in used} == {("flat", "onednn")}
    assert set(kernels) == {"onednn"}
    if stage == "exploratory":
        assert {name for name, _, _ in used} == {"DapoSettings", "NextTokenSettings", "DpoSettings"}
    written = {path.parent.name[3:]: path for path in tmp_path.glob("stages/*/profile.jsonl")}
    assert set(written) == {"exploratory", "supervised", "preference"} - finished(stage)
    for name, path in written.items():
        head, *steps = map(json.loads, path.read_text().splitlines())
        assert (head["schema"], head["dtype"]) == (1, "f32")
        assert steps[-1]["step"] + 1 == max(row["step"] for row in rows(tmp_path) if row["stage"] == name)


def test_fast_forms_stay_near_the_reference(straight: Path, options: RunOptions, tmp_path: Path) -> None:
    run(make_recipe(), tmp_path, bench(), options)
    first = [next(row for row in rows(root) if row["kind"] == "train") for root in (straight, tmp_path)]
    assert first[0]["loss"] == pytest.approx(first[1]["loss"], rel=1e-5)
    assert first[0]["stage"] == first[1]["stage"] == "base"


def test_default_speed_leaves_the_plan_as_it_was() -> None:
    plain, written, fast = make_recipe(), make_recipe(speed={"layout": "rows"}), make_recipe(speed=FAST)
    hashes = [[stage.config_hash for stage in plan(recipe, {})] for recipe in (plain, written, fast)]
    assert hashes[0] == hashes[1]
    assert not set(hashes[0]) & set(hashes[2])
    assert "speed" not in plan(plain, {})[1].config
    assert evaluation_config(plain, {}) == evaluation_config(make_recipe(speed={"layout": "flat"}), {})
    assert evaluation_config(plain, {}) != evaluation_config(fast, {})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"speed": FAST, "memory": {"recompute": True}}, r"speed.kernels is 'onednn' and memory.recompute"),
        ({"speed": {"layout": "flat"}, "memory": {"flex": True}}, r"set layout to rows or flex to false"),
        ({"speed": {"layout": "flat"}, "device": "cuda"}, r"speed.layout flat is for the CPU"),
        ({"speed": {"kernels": "onednn"}, "device": "cuda"}, r"speed.kernels onednn is for the CPU"),
        ({"speed": {"kernel": "onednn"}}, r"did you mean speed.kernels"),
    ],
)
def test_switches_that_do_not_go_together_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        make_recipe(**changes)


def test_the_defaults_are_the_reference() -> None:
    assert SpeedConfig() == SpeedConfig(layout="rows", kernels="torch")
    assert SpeedConfig().for_cpu == ""
