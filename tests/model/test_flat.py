"""The decoder in larger steps has the values and gradients of the stock modules."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from redone.model import LoraSettings, add_lora
from redone.model.attention import choose_attention
from redone.model.flat import flat_hidden, flat_ready
from redone.model.products import products
from redone.model.spans import Spans

LENGTHS = (7, 4, 1)


def make_model(family: str) -> Any:
    torch.manual_seed(0)
    config = AutoConfig.for_model(
        family,
        vocab_size=40,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        initializer_range=0.2,
        **({"attention_bias": True, "mlp_bias": True} if family == "llama" else {}),
    )
    model = AutoModelForCausalLM.from_config(config)
    for parameter in model.parameters():
        if parameter.ndim == 1:  # norms of one and biases of zero would hide a mistake
            torch.nn.init.normal_(parameter, 0.7, 0.3)
    choose_attention(model)
    return model


def inputs() -> tuple[torch.Tensor, torch.Tensor, Spans]:
    masks = [torch.full((n, n), torch.finfo(torch.float32).min).triu(1) for n in LENGTHS]
    masks[0][5:, 3:5] = torch.finfo(torch.float32).min  # a tree: one branch does not see the other
    positions = torch.tensor([[0, 1, 2, 3, 4, 3, 4, 0, 1, 2, 3, 0]])
    return torch.randint(0, 40, positions.shape), positions, Spans(LENGTHS, masks)


def stock(model: Any, ids: torch.Tensor, positions: torch.Tensor, spans: Spans) -> torch.Tensor:
    own = {"attention_mask": torch.zeros(1, 1, 1, 1), "spans": spans}
    made = model.get_decoder()(input_ids=ids, position_ids=positions, use_cache=False, **own)
    states: torch.Tensor = made.last_hidden_state[0]
    return states


@pytest.mark.parametrize("kernels", ["torch", "onednn"])
@pytest.mark.parametrize("family", ["qwen3", "qwen2", "llama"])
def test_equals_the_stock_modules(family: str, kernels: Any) -> None:
    model = make_model(family)
    other = copy.deepcopy(model)
    ids, positions, spans = inputs()
    assert flat_ready(model)
    pull = torch.randn(12, 32)
    with products(kernels, model):
        mine = flat_hidden(model, ids, positions, spans)
    (mine * pull).sum().backward()
    theirs = stock(other, ids, positions, spans)
    (theirs * pull).sum().backward()
    assert torch.allclose(mine, theirs, rtol=1e-5, atol=1e-5)
    found, expected = (
        torch.cat([p.grad.flatten() for p in m.get_decoder().parameters()]).double() for m in (model, other)
    )
    assert float((found - expected).norm() / expected.norm()) < 1e-6


def test_bf16_rounds_like_the_stock_modules() -> None:
    model = make_model("qwen3")
    other = copy.deepcopy(model)
    ids, positions, spans = inputs()
    spans = Spans(spans.lengths, [mask.clamp(min=-1e30).bfloat16() for mask in spans.masks])
    with torch.no_grad():
        exact = stock(model, ids, positions, inputs()[2])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            mine = flat_hidden(model, ids, positions, spans)
            theirs = stock(other, ids, positions, spans)
    assert (mine - exact).norm() < 1.5 * (theirs - exact).norm()


def test_what_it_does_not_know_goes_through_the_stock_modules() -> None:
    model = make_model("qwen3")
    model.config._attn_implementation = "sdpa"
    assert not flat_ready(model)
    adapted = make_model("qwen3")
    add_lora(adapted, LoraSettings(rank=2), 0)
    assert not flat_ready(adapted)
    saving = make_model("qwen3")
    saving.activation_checkpointing_enable()
    assert not flat_ready(saving)
