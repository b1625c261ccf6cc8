"""An interrupted run ends with the same bits and the same rows as the straight one."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from redone.errors import Interrupted, UserError
from redone.training import (
    CheckpointStore,
    DapoSettings,
    DpoSettings,
    NextTokenSettings,
    train_dapo,
    train_next_token,
    train_preference,
)
from redone.training.store import Saved

Run = Callable[..., tuple[dict[str, torch.Tensor], list[dict[str, Any]], Any]]
SUPERVISED = NextTokenSettings(
    lr=3e-3, epochs=3, tokens_per_step=64, schedule="cosine", warmup_steps=3, weight_decay=0.1, row_tokens=40
)
POLICY = DapoSettings(
    lr=2e-3,
    steps=5,
    groups_per_step=6,
    group_size=4,
    mini_batches=3,
    max_new_tokens=5,
    overlong_buffer=2,
    schedule="linear",
    oversample=1.5,
)
PREFERENCE = DpoSettings(
    lr=2e-3, epochs=3, pairs_per_step=5, schedule="linear", next_token_weight=0.1, row_tokens=40
)


class Crash(Exception):
    """Stands for a kill."""


class CrashingStore(CheckpointStore):
    """Dies right after the save with this number."""

    dies_after = 0

    def save(self, saved: Saved) -> Path:
        path = super().save(saved)
        if saved.step == self.dies_after:
            raise Crash
        return path


def crashing(folder: Path, after: int) -> CheckpointStore:
    store = CrashingStore(folder, every=1)
    store.dies_after = after
    return store


@pytest.fixture(params=["next_token", "next_token_weights", "dapo", "dapo_bf16", "dpo", "dpo_bf16"])
def run(request: pytest.FixtureRequest, kit: SimpleNamespace) -> Run:
    """Train a fresh model; with ``kind`` fixed the same call gives the same run."""
    kind = request.param
    sequences = kit.make_sequences(24)

    def call(**options: Any) -> Any:
        model, rows = kit.make_model(), []
        options = {"on_step": rows.append} | options
        if kind.startswith("next_token"):
            weights = {"a": 0.7, "b": 0.3} if kind.endswith("weights") else None
            settings = dataclasses.replace(SUPERVISED, weights=weights)
            summary = train_next_token(model, sequences, settings, **options)
        elif kind.startswith("dpo"):
            settings_po = dataclasses.replace(PREFERENCE, compute="bf16" if kind.endswith("bf16") else "f32")
            summary = train_preference(model, kit.make_pairs(24), settings_po, **options)
        else:
            settings_rl = dataclasses.replace(POLICY, compute="bf16" if kind.endswith("bf16") else "f32")
            sampler = kit.make_sampler(model)
            summary = train_dapo(model, sampler, kit.make_pool(), kit.parity_reward, settings_rl, **options)
        return kit.weights(model), [untimed(row) for row in rows], summary

    return call


def untimed(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if "seconds" not in key}


def same(left: dict[str, torch.Tensor], right: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(left[name], right[name]) for name in left)


def test_two_straight_runs_are_alike(run: Run) -> None:
    one, other = run(), run()
    assert same(one[0], other[0])
    assert one[1] == other[1]


@pytest.mark.parametrize("crashes", [(1,), (4,), (7,), (12,), (2, 3), (5, 11)])
def test_resumed_equals_straight(run: Run, tmp_path: Path, crashes: tuple[int, ...]) -> None:
    """Crashes fall inside epochs, at their ends, inside rollout windows and between them."""
    weights, rows, summary = run()
    seen: dict[int, dict[str, Any]] = {}
    for after in crashes:
        with pytest.raises(Crash):
            run(checkpoints=crashing(tmp_path, after), on_step=lambda row: seen.update({row["step"]: row}))
    resumed, last, again = run(checkpoints=CheckpointStore(tmp_path))
    assert same(resumed, weights)
    for row in last:
        seen[row["step"]] = row
    assert [untimed(seen[step]) for step in sorted(seen)] == rows
    for name in ("steps", "updates", "tokens", "examples", "prompts", "generated", "tasks"):
        assert getattr(again, name) == getattr(summary, name), name
    assert again.resumed_at is not None


def test_a_checkpoint_several_updates_old_is_as_good(run: Run, tmp_path: Path) -> None:
    weights, _, _ = run()
    calls = []

    def die(row: dict[str, Any]) -> None:
        calls.append(row)
        if len(calls) == 4:
            raise Crash

    with pytest.raises(Crash):
        run(checkpoints=CheckpointStore(tmp_path, every=3), on_step=die)
    assert same(run(checkpoints=CheckpointStore(tmp_path, every=3))[0], weights)


def test_a_stop_request_saves_and_leaves(run: Run, tmp_path: Path) -> None:
    weights, rows, _ = run()
    stop = threading.Event()
    with pytest.raises(Interrupted, match="run again"):
        run(checkpoints=CheckpointStore(tmp_path), stop=stop, on_step=lambda row: stop.set())
    resumed, rest, _ = run(checkpoints=CheckpointStore(tmp_path))
    assert same(resumed, weights)
    assert rest == rows[1:]


def test_a_finished_run_is_not_repeated(run: Run, tmp_path: Path) -> None:
    weights, rows, summary = run(checkpoints=CheckpointStore(tmp_path))
    again, none, second = run(checkpoints=CheckpointStore(tmp_path))
    assert same(again, weights)
    assert none == []
    assert (second.steps, second.tokens, second.examples) == (summary.steps, summary.tokens, summary.examples)
    assert untimed(second.last) == rows[-1]


def test_other_settings_data_or_tokenizer_are_refused_with_a_diff(
    kit: SimpleNamespace, tmp_path: Path
) -> None:
    sequences = kit.make_sequences(8)
    settings = NextTokenSettings(lr=1e-3, tokens_per_step=64)

    def store(tokenizer: str = "aa") -> CheckpointStore:
        return CheckpointStore(tmp_path, fingerprint={"tokenizer": tokenizer})

    train_next_token(kit.make_model(), sequences, settings, checkpoints=store())
    other = dataclasses.replace(settings, lr=2e-3)
    with pytest.raises(UserError, match=r"settings\.lr: 0\.001 -> 0\.002"):
        train_next_token(kit.make_model(), sequences, other, checkpoints=store())
    with pytest.raises(UserError, match="data: "):
        train_next_token(kit.make_model(), sequences[:-1], settings, checkpoints=store())
    with pytest.raises(UserError, match="tokenizer: 'aa' -> 'bb'"):
        train_next_token(kit.make_model(), sequences, settings, checkpoints=store("bb"))
    with pytest.raises(UserError, match="num_hidden_layers: 2 -> 1"):
        train_next_token(kit.make_model(layers=1), sequences, settings, checkpoints=store())


def test_a_damaged_checkpoint_is_named_and_the_one_before_used(run: Run, tmp_path: Path) -> None:
    weights, _, _ = run()
    with pytest.raises(Crash):
        run(checkpoints=crashing(tmp_path, 4))
    flip(tmp_path / "step-00000004" / "optimizer.safetensors")
    resumed, _, summary = run(checkpoints=CheckpointStore(tmp_path))
    assert same(resumed, weights)
    assert any("step-00000004: optimizer.safetensors" in note for note in summary.notes)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
