"""Held-out loss by source: the mean over each source's own tokens, however rows are packed."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from redone.training import NextTokenSettings
from redone.training.held_out import HeldOut


@pytest.mark.parametrize("row_tokens", [1, 60])
def test_losses_are_those_of_each_sequence_alone(model: Any, kit: SimpleNamespace, row_tokens: int) -> None:
    sequences = [replace(s, source="ab"[n % 2]) for n, s in enumerate(kit.make_sequences(11))]
    expected: dict[str, list[float]] = {"a": [], "b": []}
    for sequence in sequences:
        logits = model(input_ids=torch.tensor([sequence.ids])).logits[0, :-1]
        losses = torch.nn.functional.cross_entropy(logits, torch.tensor(sequence.ids[1:]), reduction="none")
        expected[sequence.source] += losses[torch.tensor(sequence.loss_mask[1:]) == 1].tolist()
    model.train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = HeldOut(sequences, NextTokenSettings(row_tokens=row_tokens, batch_tokens=100)).measure(model)
    assert {name: own.targets for name, own in found.items()} == {n: len(own) for n, own in expected.items()}
    for name, own in found.items():
        assert own.loss == pytest.approx(sum(expected[name]) / len(expected[name]), rel=1e-5)
    assert model.training
    assert all((before[name] == value).all() for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
