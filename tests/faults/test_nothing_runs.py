"""Files from strangers are read, never run: a pickle or a program anywhere ends in a message."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from redone.cli.main import execute

BASE = """
name: small
threads: 1
precision: float32
data:
  kind: files
  mappings: [toy.yaml]
  examples_per_task: {train: 24, dev: 8, test: 80}
  general: {train: 24, dev: 12, test: 12}
base: {kind: folder, path: model}
stages:
  - {kind: exploratory, rl: {steps: 2, optimizer: {learning_rate: 1e-3}}}
"""


class Bomb:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple:
        return (Path.write_text, (self.trace, "it ran"))


@pytest.fixture
def bomb(tmp_path: Path) -> bytes:
    return pickle.dumps(Bomb(tmp_path / "trace"))


def refused(folder: Path, monkeypatch, capfd) -> str:
    """The message of a run that ends with code 2 and has run nothing of what it met."""
    monkeypatch.chdir(folder)
    assert execute(["run", "recipe.yaml", "--out", "out", "--no-cache"]) == 2
    said = " ".join(capfd.readouterr().err.split())
    assert said.count("redone: ") == 1
    assert not (folder / "trace").exists()
    return said


def test_the_bomb_is_one(tmp_path: Path, bomb: bytes) -> None:
    pickle.loads(bomb)
    assert (tmp_path / "trace").read_text() == "it ran"


@pytest.mark.parametrize("name", ["train.pkl", "train.npy", "train.pt", "train.bin", "train.joblib"])
def test_data_that_would_run_are_no_format(small: Path, bomb: bytes, monkeypatch, capfd, name: str) -> None:
    (small / name).write_bytes(bomb)
    text = (small / "toy.yaml").read_text()
    (small / "toy.yaml").write_text(text.replace("train.jsonl.gz", name))
    assert f"'{name}': no readable file" in refused(small, monkeypatch, capfd)


@pytest.mark.parametrize("name", ["train.jsonl.gz", "dev.jsonl", "test.jsonl"])
def test_a_pickle_under_another_name_is_faulty_rows_or_a_damaged_file(
    small: Path, bomb: bytes, monkeypatch, capfd, name: str
) -> None:
    (small / name).write_bytes(bomb)
    said = refused(small, monkeypatch, capfd)
    assert name in said or f"no examples for {name.split('.')[0]}" in said


@pytest.mark.parametrize(
    "name",
    [
        "pytorch_model.bin",
        "model.safetensors",
        "training_args.pt",
        "modeling_x.py",
        "deep/weights.npy",
        "x.pkl",
    ],
)
def test_a_base_model_that_would_run_is_refused(
    small: Path, bomb: bytes, monkeypatch, capfd, name: str
) -> None:
    (small / "recipe.yaml").write_text(BASE)
    model = small / "model"
    (model / name).parent.mkdir(parents=True)
    (model / "config.json").write_text(json.dumps({"model_type": "qwen3"}))
    (model / name).write_bytes(bomb)
    assert Path(name).name in refused(small, monkeypatch, capfd)


@pytest.mark.parametrize("where", ["config.json", "tokenizer_config.json", "generation_config.json"])
def test_a_base_model_that_points_to_code_is_refused(small: Path, monkeypatch, capfd, where: str) -> None:
    (small / "recipe.yaml").write_text(BASE)
    (small / "model").mkdir()
    (small / "model/config.json").write_text(json.dumps({"model_type": "qwen3"}))
    code = {"model_type": "qwen3", "auto_map": {"AutoModelForCausalLM": "modeling_x.Model"}}
    (small / "model" / where).write_text(json.dumps(code))
    assert "auto_map" in refused(small, monkeypatch, capfd)


def test_the_name_of_a_model_on_a_hub_is_no_folder(small: Path, monkeypatch, capfd) -> None:
    """Nothing is fetched, so there is no revision to pin."""
    (small / "recipe.yaml").write_text(BASE.replace("path: model", "path: Qwen/Qwen3-4B"))
    assert "no model folder at" in refused(small, monkeypatch, capfd)


def test_a_link_out_of_the_model_folder_is_refused(small: Path, monkeypatch, capfd) -> None:
    (small / "recipe.yaml").write_text(BASE)
    (small / "model").mkdir()
    (small / "model/config.json").write_text(json.dumps({"model_type": "qwen3"}))
    (small / "model/model.safetensors").symlink_to("/etc/passwd")
    assert "link" in refused(small, monkeypatch, capfd)


def test_a_link_in_the_run_folder_leads_no_write_elsewhere(small: Path, monkeypatch, capfd) -> None:
    (small / "mine.txt").write_text("mine")
    (small / "out/stages").mkdir(parents=True)
    (small / "out/quarantine.jsonl").symlink_to(small / "mine.txt")
    assert "is a link" in refused(small, monkeypatch, capfd)
    assert (small / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("set: toy", "set: ../../toy"),
        ("id: toy_mood", "id: ../mood"),
        ("id: toy_mood", "id: /etc/mood"),
        ("train: train.jsonl.gz", "train: /etc/passwd"),
        ("train: train.jsonl.gz", "train: ../train.jsonl.gz"),
        ("licence: made for this test", "licence: !!python/name:os.system ''"),
    ],
)
def test_names_in_a_mapping_lead_nowhere(small: Path, monkeypatch, capfd, old: str, new: str) -> None:
    text = (small / "toy.yaml").read_text()
    assert old in text
    (small / "toy.yaml").write_text(text.replace(old, new))
    before = {path.name for path in small.rglob("*")}
    refused(small, monkeypatch, capfd)
    made = {path.name for path in small.rglob("*")} - before
    assert made <= {"out", "stages", "rollouts", ".lock"}


@pytest.mark.parametrize("name", ["../up", "/etc/x", "a/b", "..", ""])
def test_names_in_a_recipe_lead_nowhere(small: Path, monkeypatch, capfd, name: str) -> None:
    text = (small / "recipe.yaml").read_text()
    changed = text.replace("- kind: exploratory", f"- kind: exploratory\n    name: '{name}'")
    (small / "recipe.yaml").write_text(changed)
    assert "must match the pattern" in refused(small, monkeypatch, capfd)
    assert not (small / "out").exists()
