"""Head and softmax in one step have the values and gradients of the plain form."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from redone.training import head as head_module
from redone.training.head import fits, fused_logprobs
from redone.training.logprobs import _logprobs


def both(
    count: int, temperature: float, onednn: bool, scale: float = 1.0
) -> list[tuple[torch.Tensor, torch.Tensor | None, torch.Tensor, torch.Tensor]]:
    """Log-probabilities, entropies and both gradients of the fused and the plain form."""
    torch.manual_seed(count)
    states = torch.randn(count, 8) * scale
    targets = torch.randint(0, 37, (count,))
    pull = torch.randn(count)
    weights = torch.randn(37, 8)
    found = []
    for fused in (True, False):
        hidden = states.clone().requires_grad_()
        head = torch.nn.Linear(8, 37, bias=False)
        head.weight.data.copy_(weights)
        if fused:
            made = fused_logprobs(hidden, head, targets, temperature, True, onednn=onednn)
        else:
            made = _logprobs(hidden, head, targets, temperature, True)
        (made[0] * pull).sum().backward()
        assert hidden.grad is not None
        assert head.weight.grad is not None
        found.append((made[0].detach(), made[1], hidden.grad, head.weight.grad))
    return found


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 40), st.sampled_from([0.5, 1.0, 1.7]), st.booleans())
def test_fused_is_plain(count: int, temperature: float, onednn: bool) -> None:
    fused, plain = both(count, temperature, onednn)
    for one, other in zip(fused, plain, strict=True):
        assert torch.allclose(one, other, rtol=1e-5, atol=2e-6)


def test_rows_in_pieces_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = both(29, 1.0, False)[0]
    monkeypatch.setattr(head_module, "IN_CACHE", 100)
    for one, other in zip(both(29, 1.0, False)[0], whole, strict=True):
        assert torch.allclose(one, other, rtol=1e-6, atol=1e-6)


def test_a_nearly_certain_token_keeps_its_small_gradient_in_bf16() -> None:
    """The slope is chance minus one: taken after rounding, most of it would be lost."""
    hidden = torch.tensor([[6.0, 0.0]], requires_grad=True)
    head = torch.nn.Linear(2, 2, bias=False)
    head.weight.data.copy_(torch.eye(2))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logprobs, _ = fused_logprobs(hidden, head, torch.tensor([0]), 1.0, False, onednn=False)
    logprobs.sum().backward()
    assert hidden.grad is not None
    chance = torch.tensor([6.0, 0.0]).softmax(0)
    assert hidden.grad[0].tolist() == pytest.approx([1 - float(chance[0]), -float(chance[1])], rel=0.01)


def test_only_plain_heads_fit() -> None:
    assert fits(torch.nn.Linear(2, 3, bias=False))
    assert not fits(torch.nn.Linear(2, 3))
    assert not fits(torch.nn.Identity())
