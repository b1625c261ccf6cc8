"""oneDNN's products are those of torch to rounding, forwards and backwards."""

import pytest
import torch
from torch.nn.functional import linear as plain

from redone.model import GroupSampler, SamplingSettings
from redone.model.products import linear, onednn_missing, pack_weight, products
from redone.model.tiny import TinySettings, create_model

pytestmark = pytest.mark.skipif(bool(onednn_missing()), reason="this build of torch has no oneDNN")


@pytest.mark.parametrize("shape", [(5, 7, 3), (2, 3, 64, 16), (1, 16, 64)])
@pytest.mark.parametrize("biased", [True, False])
def test_products_and_gradients(shape, biased):
    *outer, width, made = shape
    torch.manual_seed(0)
    module = torch.nn.Linear(width, made, bias=biased)
    x = torch.randn(*outer, width, requires_grad=True)
    weight = torch.randn(*outer, made)
    found = {}
    for kernels in ("torch", "onednn"):
        x.grad = None
        module.zero_grad()
        with products(kernels, module):
            (module(x) * weight).sum().backward()
        found[kernels] = [x.grad.clone(), *(p.grad.clone() for p in module.parameters())]
    for one, other in zip(found["torch"], found["onednn"], strict=True):
        torch.testing.assert_close(one, other)


def test_packed_weights():
    x, weight, bias = torch.randn(9, 32), torch.randn(20, 32), torch.randn(20)
    torch.testing.assert_close(linear(x, pack_weight(weight), bias), plain(x, weight, bias))
    assert torch.equal(linear(x, weight, bias), plain(x, weight, bias))


def test_other_devices_get_a_line_and_torch_s_own():
    assert "cuda" in onednn_missing("cuda")


@pytest.mark.parametrize("kernels", ["onednn", "fused"])
def test_answers_are_the_same(chat, kernels):
    model = create_model(TinySettings(hidden=48, layers=3, heads=4, kv_heads=2, head_dim=16, mlp=64), chat, 1)
    settings = SamplingSettings(group_size=4, max_new_tokens=12)
    prompts = [[5, 6, 7], [8, 9], [4] * 9]
    one = GroupSampler(model, chat).generate(prompts, settings, 0)
    other = GroupSampler(model, chat, kernels=kernels).generate(prompts, settings, 0)
    assert [[c.ids for c in group] for group in one] == [[c.ids for c in group] for group in other]
    for left, right in zip((c for g in one for c in g), (c for g in other for c in g), strict=True):
        assert left.logprobs == pytest.approx(right.logprobs, abs=1e-5)
