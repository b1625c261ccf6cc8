"""From a folder of dumps to a checked recipe on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from redone.cli.main import execute
from redone.recipe.config import read_recipe


@pytest.fixture
def dumps(tmp_path: Path) -> Path:
    folder = tmp_path / "dumps"
    folder.mkdir()
    rows = [{"text": f"a post number {n} about food", "mood": ("good", "bad")[n % 2]} for n in range(120)]
    rows.append({"text": "odd one", "mood": "neither"})
    rows.append({"text": "", "mood": "good"})
    (folder / "posts.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return folder


def test_init_writes_a_recipe_that_the_check_accepts(dumps: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "mine"
    assert execute(["init", str(dumps), "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "posts_mood" in said
    assert f"redone ingest --check {out / 'recipe.yaml'}" in said
    recipe = read_recipe(out / "recipe.yaml")
    assert recipe.data.kind == "files"
    assert Path(recipe.data.root) == dumps.resolve()
    assert execute(["run", str(out / "recipe.yaml"), "--out", str(tmp_path / "run"), "--check"]) == 0
    assert execute(["ingest", "--check", str(out / "recipe.yaml")]) == 0
    said = capsys.readouterr().out
    assert "posts_mood (understanding): train " in said
    assert "1 tasks (understanding), 1 of them with train and test examples" in said
    assert "set aside: 1 x missing field\n  posts.jsonl line 122: column 'text' is empty" in said


def test_init_overwrites_only_when_told(dumps: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "mine"
    assert execute(["init", str(dumps), "--out", str(out), "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["sets"][0]["tasks"] == ["posts_mood"]
    (out / "mappings" / "posts.yaml").write_text("mine", encoding="utf-8")
    assert execute(["init", str(dumps), "--out", str(out)]) == 2
    assert "--force" in capsys.readouterr().err
    assert (out / "mappings" / "posts.yaml").read_text(encoding="utf-8") == "mine"
    assert execute(["init", str(dumps), "--out", str(out), "--force"]) == 0
    assert "set: posts" in (out / "mappings" / "posts.yaml").read_text(encoding="utf-8")


def test_the_check_of_mapping_files_gives_json_and_names_what_is_wrong(
    dumps: Path, tmp_path: Path, capsys
) -> None:
    out = tmp_path / "mine"
    execute(["init", str(dumps), "--out", str(out)])
    good, bad = out / "mappings" / "posts.yaml", out / "mappings" / "bad.yaml"
    bad.write_text(good.read_text(encoding="utf-8").replace("posts.jsonl", "none.jsonl"), encoding="utf-8")
    capsys.readouterr()
    target = tmp_path / "check.json"
    assert (
        execute(["ingest", "--check", str(good), str(bad), "--root", str(dumps), "--json", str(target)]) == 2
    )
    found = json.loads(target.read_text(encoding="utf-8"))
    assert found["mappings"][str(good)]["tasks"][0]["examples"]["test"] > 0
    assert found["mappings"][str(good)]["columns"]["mood"] == "'good'"
    assert "no readable file" in found["wrong"][str(bad)]


def test_the_check_refuses_a_recipe_on_the_simulator(capsys) -> None:
    recipe = Path(__file__).parents[2] / "recipes" / "redone-2-nano.yaml"
    assert execute(["ingest", "--check", str(recipe)]) == 2
    assert "not from files" in capsys.readouterr().err
