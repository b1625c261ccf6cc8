"""A plan of RedOne 1.0's recipe, and lengths taken from a run without rollouts."""

import json
from pathlib import Path

import pytest

from redone.errors import UserError
from redone.model import TinySettings, create_model, save_model, train_tokenizer
from redone.recipe.config import read_recipe
from redone.recipe.scale import Lengths, measured_lengths
from redone.recipe.scale.work import work_of
from redone.records import Message

NANO = Path(__file__).parents[3] / "recipes" / "redone-1-nano.yaml"


def test_tokens_of_proxies_are_paid_and_not_counted() -> None:
    works = {work.name: work for work in work_of(read_recipe(NANO), Lengths(prompt=30, answer=7))}
    assert works["cpt"].tokens == 300_000
    assert [part.name for part in works["cpt"].parts] == ["proxies", "update"]


def test_a_run_without_rollouts_shows_the_lengths_of_its_evaluation(tmp_path: Path) -> None:
    chat = train_tokenizer(["good dog", "bad cat"], 300)
    sizes = TinySettings(hidden=16, layers=1, heads=1, kv_heads=1, head_dim=16, mlp=16)
    save_model(tmp_path / "model", create_model(sizes, chat, 0), chat, card="")
    with pytest.raises(UserError, match="no finished run there"):
        measured_lengths(tmp_path)
    for name in ("results.json", "metrics.jsonl"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(UserError, match="neither rollouts nor samples"):
        measured_lengths(tmp_path)
    stage = tmp_path / "stages" / "01-sft"
    stage.mkdir(parents=True)
    (stage / "samples.jsonl").write_text(json.dumps({"prompt": "good dog", "output": "bad"}))
    found = measured_lengths(tmp_path)
    assert found.prompt == len(chat.encode_prompt((Message("user", "good dog"),)))
    assert found.answer == len(chat.encode_answer("bad"))
    assert (found.kept, found.shared) == (None, 1.0)
    (stage / "samples.jsonl").write_text('{"prompt": "good dog"')
    with pytest.raises(UserError, match=r"samples\.jsonl is damaged"):
        measured_lengths(tmp_path)


def test_a_damaged_run_is_told_from_its_files(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text("{}")
    (tmp_path / "rollouts").mkdir()
    (tmp_path / "rollouts" / "exploratory.parquet").write_bytes(b"PAR1 half")
    (tmp_path / "metrics.jsonl").write_text('[]\n{"drawn": 4, "leng')
    with pytest.raises(UserError, match="no rollout step"):
        measured_lengths(tmp_path)
    (tmp_path / "metrics.jsonl").write_text('{"drawn": 4, "length": 2.0}\n{"half')
    with pytest.raises(UserError, match=r"exploratory\.parquet is damaged"):
        measured_lengths(tmp_path)
