"""The profile has a line per step whose parts add up to its time."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from redone.training import DapoSettings, NextTokenSettings, train_dapo, train_next_token
from redone.training.profile import PARTS, profiling


def test_a_line_per_step(tmp_path: Path, kit: SimpleNamespace) -> None:
    model = kit.make_model()
    settings = DapoSettings(steps=3, groups_per_step=4, group_size=4, max_new_tokens=5)
    with profiling(tmp_path / "run" / "profile.jsonl", model):
        train_dapo(model, kit.make_sampler(model), kit.make_pool(), kit.parity_reward, settings)
    head, *steps = map(json.loads, (tmp_path / "run" / "profile.jsonl").read_text().splitlines())
    assert head["schema"] == 1
    assert head["peak_flops"] > 0
    assert [row["step"] for row in steps] == [0, 1, 2]
    for row in steps:
        assert set(row["parts"]) == {*PARTS, "other"}
        assert sum(row["parts"].values()) == pytest.approx(row["seconds"], rel=1e-6)
        assert all(row["parts"][name] > 0 for name in ("sampling", "reward", "forward", "backward"))
        assert row["mfu"] > 0
        assert row["generated"] > 0
        assert row["slots"] >= row["tokens"] > 0
        assert 0 <= row["dead_groups"] <= 1


def test_training_without_sampling_has_no_groups(tmp_path: Path, kit: SimpleNamespace) -> None:
    model = kit.make_model()
    with profiling(tmp_path / "profile.jsonl", model):
        train_next_token(model, kit.make_sequences(8), NextTokenSettings(tokens_per_step=60))
    _, *steps = map(json.loads, (tmp_path / "profile.jsonl").read_text().splitlines())
    assert all(row["dead_groups"] is None and row["generated"] == 0 for row in steps)
