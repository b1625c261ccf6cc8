"""The profile has a line per step whose parts add up to its time."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from redone.training import DapoSettings, NextTokenSettings, train_dapo, train_next_token
from redone.training.profile import PARTS, profiling, unprofiled


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
    assert all(row["slots"] >= row["tokens"] > 0 for row in steps)
    assert all(row["dead_groups"] is None and row["generated"] == 0 for row in steps)


def test_a_profile_is_gone_on_with_and_draws_nothing(tmp_path: Path, kit: SimpleNamespace) -> None:
    path, settings = tmp_path / "profile.jsonl", NextTokenSettings(tokens_per_step=60)
    model, plain = kit.make_model(), kit.make_model()
    state = torch.random.get_rng_state()
    for _ in range(2):
        with profiling(path, keep=True):
            with unprofiled():
                train_next_token(kit.make_model(), kit.make_sequences(4), settings)
            train_next_token(model, kit.make_sequences(8), settings)
        train_next_token(plain, kit.make_sequences(8), settings)
        with path.open("a") as file:
            file.write('{"cut short by a ki')
    assert torch.equal(torch.random.get_rng_state(), state)
    assert all(map(torch.equal, model.state_dict().values(), plain.state_dict().values()))
    *lines, _ = path.read_text().splitlines()
    found = [json.loads(line) for line in lines]
    assert [("schema" in row) for row in found].count(True) == 2
    steps = [row["step"] for row in found if "step" in row]
    assert steps == [*range(len(steps) // 2)] * 2
    assert all(row["dtype"] == "f32" for row in found if "schema" in row)
