import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redone.corpus.settings.recipe import read_recipe as read_curation
from redone.errors import UserError
from redone.recipe.config import (
    AblationRecipe,
    Recipe,
    keys,
    parse_settings,
    read_ablation,
    read_recipe,
    with_overrides,
)
from redone.recipe.config.loading import read_tree
from redone.recipe.config.merging import merge
from redone.recipe.config.yaml_file import parse_value, read_yaml

RECIPES = Path(__file__).parents[2] / "recipes"
NANO = RECIPES / "redone-2-nano.yaml"


def refuse(*changes: str) -> str:
    with pytest.raises(UserError) as caught:
        read_recipe(NANO, parse_settings(changes))
    return str(caught.value)


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_recipe_is_valid(path) -> None:
    tree = read_tree(path)
    if "arms" in tree:
        assert read_ablation(path).arms
    elif "stages" in tree:
        assert read_recipe(path).name
    else:
        assert read_curation(path).name


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ("sede=1", "sede: no such key; did you mean seed?"),
        ("stages.exploratory.rl.stpes=1", "did you mean stages.exploratory.rl.steps?"),
        (
            "stages.exploratory.rl.learning_rate=1",
            "did you mean stages.exploratory.rl.optimizer.learning_rate?",
        ),
        ("data.world.categorys=1", "data.world.categorys: no such key; did you mean data.world.categories?"),
        ("stages.targeted.bucket.pass_below=1", "did you mean stages.targeted.bucket.pass_mean_below?"),
        ("base.zzz=1", "base.zzz: no such key; the keys here are"),
        ("stages.explore.rl=1", "there is no 'explore' in stages; it has exploratory, targeted, refinement"),
        ("stages.exploratory.rl.steps=many", "stages.exploratory.rl.steps: must be an integer, not 'many'"),
        ("stages.exploratory.rl.steps=1.5", "stages.exploratory.rl.steps: must be an integer, not 1.5"),
        ("threads=null", "threads: must be an integer, not None"),
        ("base.hidden='64'", "base.hidden: must be an integer, not '64'"),
        ("data.observation.outcome_only=yes", "is the text 'yes'; write true or false"),
        ("evaluation.items_per_task=20", "must be greater than or equal to 80, not 20"),
        ("evaluation.items_per_task=99", "raise the latter"),
        ("base.kv_heads=3", "heads 4 is not a multiple of kv_heads 3"),
        ("stages.targeted.gold_share=0.5", "is 0.85, not 1; for example set gold_share to 0.65"),
        ("stages.refinement.hard_low=0.99", "hard_low 0.99 is not below hard_high 0.95"),
        ("stages.exploratory.rl.mini_batches=5", "choose a divisor"),
        ("stages.exploratory.rl.overlong_buffer=99", "make it shorter"),
        ("stages.exploratory.rl.optimizer.betas=[1, 2]", "betas must lie in [0, 1)"),
        ("base.kind=folder", "base.path: missing; add it"),
        ("base.kind=huge", "base.kind: 'huge' is none of tiny, folder"),
        ("data.languages=[fr]", "data.languages.0: must be 'zh' or 'en', not 'fr'"),
        ("name=A/../b", "name: must match the pattern"),
        ("stages=[{a: 1}]", "stages.0: has no `kind`"),
        ("stages.1.name=exploratory", "two stages are named 'exploratory'"),
        ("stages.exploratory.name=base", "is the name of the starting model"),
        ("stages.exploratory.name=../x", "must match the pattern"),
        ("data.unseen_tasks=[a, a]", "names 'a' more than once"),
        ("seed=.nan", "is nan"),
        ("seed=2026-01-01", "put it in quotes"),
        ("a..b=1", "is not a dotted key"),
        ("seed", "write KEY=VALUE"),
    ],
)
def test_a_wrong_setting_is_named_with_its_value_and_the_fix(change, answer) -> None:
    assert answer in refuse(change)


def test_all_problems_are_told_at_once() -> None:
    said = refuse("sede=1", "threads=0", "base.hidden=x")
    assert len(said.splitlines()) == 4


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("a: 1\na: 2\n", "line 2: found duplicate key"),
        ("a: &x [1]\nb: *x\n", "anchors and aliases are not allowed"),
        ("a: !!python/object/apply:os.system [ls]\n", "is not allowed; recipes hold plain values"),
        ("a: !include x\n", "is not allowed"),
        ("a: 1\n---\nb: 2\n", "a second document starts"),
        ("- 1\n", "a recipe is a mapping"),
        ("", "a recipe is a mapping"),
        ("a: [1\n", "line 2"),
        ("a: 1\n  b: 2\n", "line 2"),
        ("1: 2\n", "is not text; put it in quotes"),
        ("? [a]\n: 1\n", "is not text"),
        ("a: .inf\n", "is inf"),
        ("a: " + "[" * 50 + "]" * 50, "nested deeper"),
        ("a: \x00", "NUL"),
        ("a: \x07", "special characters are not allowed"),
        ("\tb: 1", "line 1"),
    ],
)
def test_yaml_that_a_recipe_may_not_use(tmp_path, text, answer) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_bytes(text.encode())
    with pytest.raises(UserError) as caught:
        read_yaml(path)
    assert answer in str(caught.value)
    assert str(path) in str(caught.value)


def test_files_that_are_no_recipes(tmp_path) -> None:
    (tmp_path / "big.yaml").write_text("# " + "x" * 300_000)
    with pytest.raises(UserError, match="larger than"):
        read_yaml(tmp_path / "big.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9")
    with pytest.raises(UserError, match="not UTF-8"):
        read_yaml(tmp_path / "latin.yaml")
    with pytest.raises(UserError, match="no such file"):
        read_yaml(tmp_path / "none.yaml")
    with pytest.raises(UserError, match="cannot be read"):
        read_yaml(tmp_path)
    (tmp_path / "bom.yaml").write_bytes(b"\xef\xbb\xbfname: x")
    assert read_yaml(tmp_path / "bom.yaml") == {"name": "x"}


def test_yaml_1_2_numbers_and_words() -> None:
    assert parse_value("{a: 1e-6, b: no, c: 012, d: 0o12}", "x") == {"a": 1e-6, "b": "no", "c": 12, "d": 10}


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_no_text_makes_the_reader_fail_otherwise(text) -> None:
    with suppress(UserError):
        parse_value(text, "x")


def test_extends_lays_a_file_over_another(tmp_path) -> None:
    (tmp_path / "below.yaml").write_text(NANO.read_text())
    (tmp_path / "sub").mkdir()
    top = tmp_path / "sub" / "top.yaml"
    top.write_text(
        "extends: ../below.yaml\nname: top\nstages: {exploratory: {rl: {steps: 3}}}\n"
        "base: {kind: folder, path: models/x}\n"
    )
    recipe = read_recipe(top)
    below = read_recipe(NANO)
    assert recipe.stages[0].rl.steps == 3
    assert recipe.stages[0].rl.optimizer == below.stages[0].rl.optimizer
    assert recipe.stages[1:] == below.stages[1:]
    assert recipe.base.path == str(tmp_path / "sub/models/x"), "paths start from the file that names them"
    (tmp_path / "below.yaml").write_text("extends: sub/top.yaml\n")
    with pytest.raises(UserError, match="extends itself"):
        read_recipe(top)
    top.write_text("extends: [a]\n")
    with pytest.raises(UserError, match="write the name of one recipe file"):
        read_recipe(top)


def test_merging_replaces_a_part_of_another_kind() -> None:
    under = {"base": {"kind": "tiny", "hidden": 1}, "list": [{"kind": "a", "x": 1}, {"name": "b", "x": 2}]}
    assert merge(under, {"base": {"kind": "folder", "path": "p"}})["base"] == {"kind": "folder", "path": "p"}
    assert merge(under, {"list": {"a": {"x": 5}, "1": {"y": 6}}})["list"] == [
        {"kind": "a", "x": 5},
        {"name": "b", "x": 2, "y": 6},
    ]
    assert merge(under, {"list": [1]})["list"] == [1]
    assert under["list"][0] == {"kind": "a", "x": 1}, "neither side is changed"


def test_settings_are_frozen() -> None:
    recipe = read_recipe(NANO)
    with pytest.raises(ValueError, match="frozen"):
        recipe.seed = 3


def test_the_resolved_recipe_reads_back_as_the_same() -> None:
    recipe = read_recipe(NANO)
    assert Recipe.model_validate_json(recipe.model_dump_json()) == recipe


def test_a_tiny_change_needs_no_kind() -> None:
    recipe = Recipe.model_validate_json('{"name": "x"}')
    assert recipe.base.kind == "tiny"
    assert with_overrides({"name": "x"}, {"base.hidden": 4}) == {"name": "x", "base": {"hidden": 4}}


def test_every_key_says_what_it_means() -> None:
    assert [key for tree in (Recipe, AblationRecipe) for key, said in keys(tree) if not said] == []


def test_reading_a_recipe_loads_no_model_library() -> None:
    code = (
        "import sys; from pathlib import Path; from redone.recipe.config import read_recipe;"
        f"read_recipe(Path({str(NANO)!r}));"
        "print({'torch', 'transformers', 'polars', 'pyarrow'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("stages", [-1, "sft", [3], {"a": None}, None])
def test_stages_that_are_none_are_a_message(tmp_path, stages) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"extends: {NANO}\nname: mine\nstages: {stages!r}\n".replace("None", "null"))
    with pytest.raises(UserError):
        read_recipe(path)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('data: {root: "a\\0b"}', "data.root has a NUL character"),
        ('name: "\\ud83d\\ude00"', "half a character"),
        (f"seed: {10**400}", "seed is 10000000000000000000..., larger than any setting can be"),
    ],
)
def test_values_that_no_setting_can_have(text: str, answer: str) -> None:
    with pytest.raises(UserError, match=re.escape(answer)):
        parse_value(text, "mine.yaml")
