import pytest
import torch

from redone.model.attention import NAME, matmul_attention
from redone.model.tiny import TinySettings, create_model

SMALL = TinySettings(hidden=48, layers=2, heads=4, kv_heads=2, head_dim=16, mlp=64, init_std=0.1)


def outputs(model, name, **inputs):
    model.set_attn_implementation(name)
    model.zero_grad()
    logits = model(**inputs).logits
    logits[..., ::7].square().mean().backward()
    return logits.detach(), torch.cat([p.grad.flatten() for p in model.parameters()])


def tree_mask(boolean):
    """A prompt of 4 and two answers of 3 in one row: the second does not see the first."""
    allowed = torch.ones(10, 10, dtype=torch.bool).tril()
    allowed[7:, 4:7] = False
    if boolean:
        return allowed[None, None]
    return torch.zeros(10, 10).masked_fill(~allowed, torch.finfo(torch.float32).min)[None, None]


@pytest.mark.parametrize("mask", ["none", "padding", "tree bool", "tree float"])
def test_equals_the_stock_attention(chat, mask):
    model = create_model(SMALL, chat, 0)
    ids = torch.randint(5, chat.vocab_size, (3, 10), generator=torch.Generator().manual_seed(0))
    inputs = {"input_ids": ids}
    if mask == "padding":
        inputs["attention_mask"] = torch.ones(3, 10, dtype=torch.long)
        inputs["attention_mask"][1, 7:] = 0
    elif mask.startswith("tree"):
        inputs["attention_mask"] = tree_mask(mask == "tree bool")
        inputs["position_ids"] = torch.tensor([[0, 1, 2, 3, 4, 5, 6, 4, 5, 6]])
    reference = inputs | ({"attention_mask": tree_mask(False)} if mask == "tree bool" else {})
    ours, ours_grad = outputs(model, NAME, **inputs)
    stock, stock_grad = outputs(model, "eager", **reference)
    keep = torch.ones(3, 10, dtype=torch.bool)
    if mask == "padding":
        keep[1, 7:] = False
    torch.testing.assert_close(ours[keep], stock[keep], atol=2e-5, rtol=1e-5)
    if mask != "padding":
        assert (ours_grad - stock_grad).norm() / stock_grad.norm() < 1e-5


def test_new_models_use_it_and_generate(chat):
    model = create_model(SMALL, chat, 0).eval()
    assert model.config._attn_implementation == NAME
    ids = torch.tensor([[5, 6, 7]])
    ours = model.generate(ids, max_new_tokens=5, do_sample=False)
    model.set_attn_implementation("sdpa")
    assert torch.equal(ours, model.generate(ids, max_new_tokens=5, do_sample=False))


def test_long_rows_go_to_torch():
    generator = torch.Generator().manual_seed(0)
    query = torch.randn(1, 4, 600, 8, generator=generator)
    key, value = torch.randn(2, 1, 2, 600, 8, generator=generator)
    module = torch.nn.Module()
    module.num_key_value_groups, module.is_causal = 2, True
    mixed, _ = matmul_attention(module, query, key, value, None)
    short, _ = matmul_attention(module, query[:, :, :9], key[:, :, :9], value[:, :, :9], None)
    torch.testing.assert_close(mixed[:, :9], short)


def test_same_seed_same_model_and_untouched_random_state(chat):
    torch.manual_seed(5)
    first = torch.rand(1)
    torch.manual_seed(5)
    one, two = create_model(SMALL, chat, 3), create_model(SMALL, chat, 3)
    assert torch.equal(first, torch.rand(1))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
    assert abs(float(one.model.embed_tokens.weight[5:].detach().std()) - SMALL.init_std) < 0.01
