"""Continued pretraining and two-step fine-tuning: what is read, how it resumes, what the record says."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from redone.errors import UserError
from redone.recipe.config import Recipe, SupervisedStage, read_recipe, validate
from redone.recipe.context import Workshop
from redone.recipe.durable import read_json
from redone.recipe.hashing import hash_folder
from redone.recipe.inputs import input_hashes
from redone.recipe.runner import RunOptions, run
from redone.recipe.stages import continued, supervised, tiny_base
from redone.recipe.stages.held_out_log import HeldOutLog, verdict
from redone.recipe.stages.shelf import Shelf, mixed
from redone.recipe.texts import texts_of
from redone.recipe.workshop import prepare
from redone.training import TokenSequence
from redone.training.held_out import SourceLoss

RATE = {"learning_rate": 2e-3}
SOURCES = {
    "interactions": {"part": "platform", "text": "interactions", "documents": 40, "held_out": 8},
    "glossary": {"part": "platform", "text": "glossary", "documents": 40, "held_out": 8},
    "facts": {"part": "general", "text": "facts", "documents": 60, "held_out": 8},
}
SEARCH = {"kind": "search", "proxies": 8, "held_out_proxies": 5, "proxy_tokens": 400, "min_correlation": -1}


def make_recipe(**stage: Any) -> Recipe:
    reading = {
        "tokens": 2400,
        "tokens_per_step": 256,
        "row_tokens": 128,
        "measure_every": 4,
        "checkpoint_every": 3,
    }
    cpt = {
        "kind": "continued_pretraining",
        "sources": SOURCES,
        "reading": {**reading, "optimizer": RATE},
        **stage,
    }
    sft = {"epochs": 1, "tokens_per_step": 512, "checkpoint_every": 2, "optimizer": RATE}
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
        "stages": [
            cpt,
            {"kind": "supervised", "name": "sft-1", "general_share": 0.4, "sft": sft},
            {
                "kind": "supervised",
                "name": "sft-2",
                "general_share": 0.1,
                "emphasis": {"title": 2},
                "sft": sft,
            },
        ],
    }
    return validate(Recipe, tree, "test")


@cache
def prepared() -> Any:
    """The dataset, which is the same for every run."""
    return prepare(make_recipe(), Path())


def bench() -> Workshop:
    """The real stages; nothing is measured, since that is tested elsewhere."""
    return Workshop(
        stages={
            "tiny": tiny_base.run,
            "supervised": supervised.run,
            "continued_pretraining": continued.run,
        },
        prepare=lambda recipe, root: prepared(),
        evaluate=lambda context: {},
    )


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> RunOptions:
    """All runs share one base model."""
    return RunOptions(cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory, options: RunOptions) -> Path:
    """A run without a stop, with a search."""
    out = tmp_path_factory.mktemp("straight")
    run(make_recipe(mixture=SEARCH), out, bench(), options)
    return out


def rows(root: Path, stage: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (root / "metrics.jsonl").read_text().splitlines()]
    return [
        {k: v for k, v in line.items() if k not in {"time", "seconds"}}
        for line in lines
        if line["stage"] == stage
    ]


def test_every_source_is_measured_from_the_start_to_the_end(straight: Path) -> None:
    own = rows(straight, "cpt")
    trained = [row for row in own if row["kind"] == "train"]
    measured = {row["step"]: row for row in own if row["kind"] == "held_out"}
    last = trained[-1]["step"]
    assert sorted(measured) == sorted({0, *range(4, last + 1, 4), last})
    for row in measured.values():
        assert row["sources"].keys() == SOURCES.keys()
        assert row["parts"].keys() == {"platform", "general"}
    assert measured[last]["parts"]["platform"] < measured[0]["parts"]["platform"]
    record = read_json(straight / "stages" / "01-cpt" / "mixture.json")
    for name, source in record["sources"].items():
        assert source["loss"] == [measured[at]["sources"][name]["loss"] for at in (0, last)]
        assert source["repeats"] <= 4 + 0.1
    assert sum(source["weight"] for source in record["sources"].values()) == pytest.approx(1)
    assert len(record["search"]["targets"]) == len(record["search"]["candidates"]) == 13
    stage = read_json(straight / "stages" / "01-cpt" / "stage.json")
    assert stage["examples"] == 0
    assert any("held-out platform loss" in note for note in stage["notes"])
    assert {s for row in trained for s in row["sources"]} == {
        name for name, source in record["sources"].items() if source["read"]
    }


class Crash(BaseException):
    """As a kill: nothing may catch it."""


@pytest.mark.parametrize(("stage", "step"), [("cpt", -3), ("cpt", 2), ("cpt", 7), ("sft-1", 3), ("sft-2", 1)])
def test_resumed_equals_straight(
    straight: Path,
    options: RunOptions,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
    step: int,
) -> None:
    """Killed in the search (below 0: so many proxies before its end), or after a step; then run again."""
    from redone.recipe.stages import journal, proxies

    advance, call, trained = proxies.ProxyRuns._train, journal.StepReporter.__call__, []

    def proxy(self: Any, mixture: Any) -> float:
        trained.append(mixture)
        if step < 0 and len(trained) == 13 + step:
            raise Crash
        return advance(self, mixture)

    def report(self: Any, row: Any) -> None:
        call(self, row)
        if self._context.name == stage and row["step"] + 1 == step:
            raise Crash

    recipe = make_recipe(mixture=SEARCH)
    with monkeypatch.context() as patched:
        patched.setattr(proxies.ProxyRuns, "_train", proxy)
        patched.setattr(journal.StepReporter, "__call__", report)
        with pytest.raises(Crash):
            run(recipe, tmp_path, bench(), options)
    run(recipe, tmp_path, bench(), options)
    assert hash_folder(tmp_path / "model") == hash_folder(straight / "model")
    for name in ("cpt", "sft-1", "sft-2"):
        assert rows(tmp_path, name) == rows(straight, name)
    for file in ("mixture.json",):
        assert (tmp_path / "stages/01-cpt" / file).read_bytes() == (
            straight / "stages/01-cpt" / file
        ).read_bytes()


def test_killed_after_the_last_step(
    straight: Path, options: RunOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = make_recipe(mixture=SEARCH)

    def crash(self: Any, step: int) -> Any:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(HeldOutLog, "finish", crash)
        with pytest.raises(Crash):
            run(recipe, tmp_path, bench(), options)
    run(recipe, tmp_path, bench(), options)
    assert rows(tmp_path, "cpt") == rows(straight, "cpt")
    assert hash_folder(tmp_path / "model") == hash_folder(straight / "model")


def sequences(name: str, lengths: list[int]) -> list[TokenSequence]:
    return [
        TokenSequence(ids=(1,) * n, loss_mask=(0, *[1] * (n - 1)), source=name, id=f"{name}/{number}")
        for number, n in enumerate(lengths)
    ]


def test_a_mixture_reads_as_many_tokens_as_its_shares_say() -> None:
    sources = {"a": sequences("a", [10] * 5), "b": sequences("b", [7, 9, 3])}
    made = mixed(sources, {"a": 0.8, "b": 0.2}, 200, seed=1)
    read = {name: sum(len(row.ids) for row in made if row.source == name) for name in sources}
    assert abs(read["a"] - 160) <= 5
    assert abs(read["b"] - 40) <= 4.5
    times = [sum(row.id == f"a/{n}" for row in made) for n in range(5)]
    assert max(times) - min(times) <= 1, "gone through whole before anything comes again"
    assert made == mixed(sources, {"a": 0.8, "b": 0.2}, 200, seed=1)
    assert not mixed(sources, {"a": 0.0, "b": 0.0}, 200, seed=1)


def test_a_part_keeps_every_source_and_what_is_held_out() -> None:
    shelf = Shelf({"a": sequences("a", [4] * 20), "b": sequences("b", [4])}, {"a": sequences("a", [4])}, {})
    small = shelf.part(0.25, seed=3)
    assert (len(small.train["a"]), len(small.train["b"])) == (5, 1)
    assert small.held_out == shelf.held_out
    assert set(small.train["a"]) <= set(shelf.train["a"])


def test_a_rising_source_is_named() -> None:
    shelf = Shelf({}, {}, {"a": "platform", "b": "general"})
    start = {"a": SourceLoss(2.0, 10), "b": SourceLoss(1.0, 10)}
    notes, warnings = verdict(start, {"a": SourceLoss(1.5, 10), "b": SourceLoss(1.2, 10)}, shelf)
    assert notes == [
        "held-out general loss: 1.000 -> 1.200 nats per token",
        "held-out platform loss: 2.000 -> 1.500 nats per token",
    ]
    assert [w.split(" rose")[0] for w in warnings] == ["the held-out loss of b"]
    _, warnings = verdict(start, start, shelf)
    assert "did not fall" in warnings[0]


def test_read_and_held_out_text_are_of_different_splits() -> None:
    recipe = make_recipe()
    found = texts_of(recipe, recipe.stages[0], 128)
    assert not set(found["interactions"].train) & set(found["interactions"].held_out)
    assert (len(found["interactions"].train), len(found["interactions"].held_out)) == (40, 8)
    # A glossary and stated facts are to be known by heart: what is held out is not new.
    assert found["glossary"].held_out


def test_files_are_read_split_and_hashed(tmp_path: Path) -> None:
    lines = [json.dumps({"text": f"text {n % 40}"}) for n in range(60)]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    own = {"part": "platform", "files": [str(tmp_path)], "held_out": 8, "documents": 20}
    recipe = make_recipe(sources={**SOURCES, "own": own})
    texts = texts_of(recipe, recipe.stages[0], 128)["own"]
    assert (len(texts.train), len(texts.held_out)) == (20, 8)
    assert len({*texts.train, *texts.held_out}) == 28, (
        "a text that comes twice is read once, and never on both sides"
    )
    before = input_hashes(recipe)
    assert list(before) == [str(tmp_path / "a.jsonl")]
    (tmp_path / "a.jsonl").write_text('{"txt": "x"}')
    assert input_hashes(recipe) != before
    with pytest.raises(UserError, match=r"stages.cpt.sources.own.files: .*a.jsonl cannot be read .*'text'"):
        texts_of(recipe, recipe.stages[0], 128)
    (tmp_path / "a.jsonl").unlink()
    with pytest.raises(UserError, match=r"no folder with \.jsonl or \.parquet"):
        input_hashes(recipe)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"sources": {"facts": SOURCES["facts"], "q": {"part": "general", "text": "questions"}}},
            "part: platform",
        ),
        ({"sources": {**SOURCES, "x": {"part": "general"}}}, "give either `text`"),
        (
            {"mixture": {"kind": "fixed", "weights": {"facts": 1.0, "fact": 1.0}}},
            "mixture.weights names 'fact'",
        ),
        ({"mixture": {"kind": "fixed", "weights": {"facts": 1.0}}}, "no share for 'glossary'"),
        ({"mixture": {**SEARCH, "proxy_tokens": 9000}}, "proxy_tokens 9000 is more than reading.tokens 2400"),
    ],
)
def test_a_stage_without_sense_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        make_recipe(**change)


def test_a_source_counted_as_the_wrong_part_is_refused() -> None:
    recipe = make_recipe(sources={**SOURCES, "facts": {"part": "platform", "text": "facts"}})
    with pytest.raises(UserError, match=r"stages\.cpt\.sources\.facts\.part: facts is general text"):
        texts_of(recipe, recipe.stages[0], 128)


def test_paths_of_sources_are_relative_to_the_recipe(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(
        "name: r\nstages:\n  - kind: continued_pretraining\n    sources:\n"
        "      own: {part: platform, files: [text/own]}\n      facts: {part: general, text: facts}\n"
        "    reading: {tokens: 10000, optimizer: {learning_rate: 1e-4}}\n"
    )
    (stage,) = read_recipe(tmp_path / "r.yaml").stages
    assert stage.sources["own"].files == (str(tmp_path / "text" / "own"),)


def test_steps_of_fine_tuning_choose_their_rows() -> None:
    recipe = make_recipe()
    dataset = prepared().dataset
    first, second = recipe.stages[1:]

    def count(stage: SupervisedStage) -> dict[str, int]:
        found: dict[str, int] = {}
        for lesson in supervised.compose(dataset, stage, 0):
            key = "general" if lesson.source == "general" else lesson.example.task
            found[key] = found.get(key, 0) + 1
        return found

    assert count(first) == {"sentiment": 16, "title": 16, "general": 21}
    assert count(second) == {"sentiment": 16, "title": 32, "general": 5}
    alone = second.model_copy(update={"tasks": ("sentiment",), "emphasis": {}, "general_share": 0.0})
    assert count(alone) == {"sentiment": 16}
    with pytest.raises(UserError, match=r"stages.sft-2.tasks: the pool has no task 'ner'"):
        supervised._check_tasks(dataset, second.model_copy(update={"tasks": ("ner",)}))
