"""Schedules, clipping, and numbers that are not finite."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from redone.training import NextTokenSettings, NonFiniteError, train_next_token
from redone.training.optimizer import clip_gradients, learning_rate, make_optimizer
from redone.training.settings import OptimizerSettings


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        ("constant", [0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]),
        ("linear", [0.5, 1.0, 1.0, 0.8, 0.6, 0.4, 0.2]),
        ("cosine", [0.5, 1.0, 1.0, 0.8828427, 0.6, 0.3171573, 0.2]),
    ],
)
def test_schedules(schedule: Any, rates: list[float]) -> None:
    settings = OptimizerSettings(lr=1.0, warmup_steps=2, schedule=schedule, final_ratio=0.2)
    assert [learning_rate(settings, step, 7) for step in range(7)] == pytest.approx(rates)


def test_short_runs_have_a_rate() -> None:
    settings = OptimizerSettings(lr=1.0, warmup_steps=5, schedule="cosine")
    assert all(0 < learning_rate(settings, step, 1) <= 1 for step in range(10))


def test_vectors_do_not_decay(model: Any) -> None:
    groups = make_optimizer(model, OptimizerSettings(weight_decay=0.1)).param_groups
    assert {group["weight_decay"]: {p.ndim for p in group["params"]} for group in groups} == {
        0.1: {2},
        0.0: {1},
    }


def test_the_global_norm_is_clipped() -> None:
    parameters = [torch.zeros(2, requires_grad=True), torch.zeros(1, requires_grad=True)]
    parameters[0].grad, parameters[1].grad = torch.tensor([3.0, 0.0]), torch.tensor([4.0])
    assert clip_gradients(parameters, 1.0) == pytest.approx(5.0)
    assert torch.cat([p.grad for p in parameters if p.grad is not None]).norm() == pytest.approx(
        1.0, rel=1e-5
    )


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
@pytest.mark.parametrize("where", ["loss", "gradient"])
def test_bad_numbers_stop_before_the_step_and_name_the_batch(
    kit: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, bad: float, where: str
) -> None:
    model = kit.make_model()
    rows: list[Any] = []
    kept: dict[str, torch.Tensor] = {}

    def poison(row: Any) -> None:
        rows.append(row)
        kept.update(kit.weights(model))
        if len(rows) == 2:
            if where == "loss":
                model.register_forward_pre_hook(lambda *_: None)
                model.model.norm.register_forward_hook(lambda module, inputs, output: output * bad)
            else:
                model.model.norm.weight.register_hook(lambda gradient: gradient * bad)

    settings = NextTokenSettings(lr=1e-3, epochs=4, tokens_per_step=64)
    with pytest.raises(NonFiniteError, match=f"the {where} is") as caught:
        train_next_token(model, kit.make_sequences(16), settings, on_step=poison)
    assert caught.value.step == 2
    assert caught.value.ids
    assert all(name.startswith("s") and name in str(caught.value) for name in caught.value.ids)
    assert all(torch.equal(kept[name], weight) for name, weight in kit.weights(model).items())


def test_losses_are_told_by_source(kit: SimpleNamespace) -> None:
    rows: list[Any] = []
    settings = NextTokenSettings(lr=1e-3, tokens_per_step=128)
    train_next_token(kit.make_model(), kit.make_sequences(16), settings, on_step=rows.append)
    for row in rows:
        parts = row["sources"].values()
        assert sum(part["targets"] for part in parts) == row["targets"]
        whole = sum(part["loss"] * part["targets"] for part in parts) / row["targets"]
        assert whole == pytest.approx(row["loss"], rel=1e-5)


def test_bf16_keeps_weights_in_f32_and_stays_near_f32(kit: SimpleNamespace) -> None:
    losses = {}
    for compute in ("f32", "bf16"):
        model, rows = kit.make_model(), []
        settings = NextTokenSettings(lr=3e-3, epochs=4, tokens_per_step=128, compute=compute)  # type: ignore[arg-type]
        train_next_token(model, kit.make_sequences(24), settings, on_step=rows.append)
        assert {p.dtype for p in model.parameters()} == {torch.float32}
        losses[compute] = [row["loss"] for row in rows]
    assert losses["bf16"] == pytest.approx(losses["f32"], rel=0.02)
