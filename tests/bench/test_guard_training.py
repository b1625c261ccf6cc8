"""A benchmark item in training data stops a run before anything is trained."""

import json

import pytest

from redone.bench.guard import check_training
from redone.errors import UserError
from redone.recipe.config import BenchmarksConfig, Recipe, read_recipe, validate
from redone.recipe.guarding import guarded, training_texts
from redone.recipe.workshop import prepare

NOTE = "The hidden tea house by the old canal opens at seven and serves plum cake until noon"
SMALL = {
    "kind": "simulator",
    "world": {"subcategories": 2, "words_per_topic": 3, "names": 6, "slang": 3},
    "tasks": ["sentiment"],
    "examples_per_task": {"train": 8, "dev": 8, "test": 80},
    "general": {"train": 8, "dev": 8, "test": 8},
}
DPO = {"optimizer": {"learning_rate": 1e-4}}


@pytest.fixture
def folder(made):
    (made / "Note-MRC-simple.json").write_text(json.dumps([{"query": "q", "content": NOTE, "answer": []}]))
    return made


def texts():
    return iter([("example a", "nothing"), ("example b", f"Read: {NOTE}")])


def test_a_hit_names_the_item_and_the_row(folder) -> None:
    with pytest.raises(UserError, match=r"Note-MRC-simple/0 \(exact\) in example b") as caught:
        check_training(BenchmarksConfig(folder=str(folder)), texts())
    assert "benchmarks.exceptions" in str(caught.value)


@pytest.mark.parametrize("name", ["Note-MRC-simple/0", "Note-MRC-simple", "sns-bench"])
def test_an_exception_is_trained_on_and_said(folder, name) -> None:
    (line,) = check_training(BenchmarksConfig(folder=str(folder), exceptions=(name,)), texts())
    assert "1 found and trained on by exception (Note-MRC-simple/0)" in line


def test_another_items_exception_does_not_help(folder) -> None:
    with pytest.raises(UserError, match="Note-MRC-simple/0"):
        check_training(BenchmarksConfig(folder=str(folder), exceptions=("Note-MRC-simple/7",)), texts())


@pytest.mark.parametrize("name", ["Note-MRC-smple", "Note-NER/x", ""])
def test_an_exception_that_names_nothing_is_refused(folder, name) -> None:
    with pytest.raises(UserError, match=r"benchmarks\.exceptions\.0"):
        check_training(BenchmarksConfig(folder=str(folder), exceptions=(name,)), texts())


def test_an_absent_folder_stops_unless_the_recipe_says_skip(tmp_path) -> None:
    absent = str(tmp_path / "none")
    with pytest.raises(UserError, match=r"benchmarks\.folder"):
        check_training(BenchmarksConfig(folder=absent), texts())
    (line,) = check_training(BenchmarksConfig(folder=absent, absent="skip"), texts())
    assert "not searched" in line
    assert absent in line


def recipe_on(folder, **changes) -> Recipe:
    tree = {"name": "small", "data": SMALL, "benchmarks": {"folder": str(folder)}, **changes}
    return validate(Recipe, tree, "test")


def test_clean_examples_pass_and_the_run_says_so(folder, tmp_path) -> None:
    materials = prepare(recipe_on(folder), tmp_path, check_training)
    assert any("training texts searched" in note and "none found" in note for note in materials.dataset.notes)


def test_an_example_with_an_item_stops_the_preparation(folder, tmp_path) -> None:
    recipe = recipe_on(folder)
    train = prepare(recipe, tmp_path, check_training).dataset.train
    example = max(train, key=lambda e: len(e.messages[-1].content))
    rows = [{"query": "q", "content": example.messages[-1].content, "answer": []}]
    (folder / "Note-MRC-simple.json").write_text(json.dumps(rows))
    with pytest.raises(UserError, match=f"Note-MRC-simple/0.*{example.id}"):
        prepare(recipe, tmp_path, check_training)


def test_documents_of_continued_pretraining_are_searched(folder, tmp_path) -> None:
    rows = [{"text": f"document number {at} of a small file"} for at in range(12)]
    (tmp_path / "text.jsonl").write_text("\n".join(map(json.dumps, [*rows, {"text": NOTE}])))
    cpt = {
        "kind": "continued_pretraining",
        "sources": {
            "files": {"part": "platform", "files": [str(tmp_path / "text.jsonl")], "held_out": 8},
            "facts": {"part": "general", "text": "facts", "documents": 10, "held_out": 8},
        },
        "reading": {"tokens": 100, "optimizer": {"learning_rate": 1e-3}},
    }
    recipe = recipe_on(folder, stages=[cpt])
    dataset = prepare(recipe_on(folder, benchmarks=None), tmp_path).dataset
    places = [place for place, _ in training_texts(recipe, dataset, tmp_path)]
    assert sum("stages.cpt.sources.facts, document" in place for place in places) == 10
    with pytest.raises(UserError, match=r"text\.jsonl, text 13"):
        prepare(recipe, tmp_path, check_training)


def test_answers_that_experts_annotated_are_searched(folder, tmp_path) -> None:
    """They become chosen and rejected answers, and stand in no example."""
    row = {"example": "e1", "answer_a": "a plain title", "answer_b": "another", "preferred": "a"}
    lines = [row | {"annotator": "li"}, row | {"annotator": "wu", "answer_b": f"Title: {NOTE.upper()}"}]
    file = tmp_path / "experts.jsonl"
    file.write_text("\n\n".join(map(json.dumps, lines)))
    stage = {"kind": "preference", "experts": {"annotations": str(file)}, "dpo": DPO}
    recipe = recipe_on(folder, stages=[stage])
    with pytest.raises(UserError, match=r"Note-MRC-simple/0 \(exact\) in .*experts\.jsonl, line 3"):
        prepare(recipe, tmp_path, check_training)
    file.write_text(json.dumps(lines[0]))
    assert any("none found" in note for note in prepare(recipe, tmp_path, check_training).dataset.notes)


def test_without_a_check_at_hand_the_run_stops(folder, tmp_path) -> None:
    with pytest.raises(UserError, match="check_training"):
        guarded(recipe_on(folder), None, tmp_path, None)


def test_the_folder_is_relative_to_the_recipe(tmp_path) -> None:
    (tmp_path / "recipe.yaml").write_text("name: x\nbenchmarks: {folder: items}\n")
    recipe = read_recipe(tmp_path / "recipe.yaml")
    assert recipe.benchmarks.folder == str(tmp_path.resolve() / "items")


def test_the_check_changes_no_result(folder) -> None:
    from redone.recipe.planning import plan

    searched, plain = recipe_on(folder), recipe_on(folder, benchmarks=None)
    assert [s.config_hash for s in plan(searched, {})] == [s.config_hash for s in plan(plain, {})]
