import pytest
import torch

from redone.errors import UserError
from redone.model.attention import choose_attention, flex_missing
from redone.model.lora import LoraSettings, add_lora, merge_lora
from redone.model.tiny import TinySettings, create_model

pytest.importorskip("peft", reason="the extra 'lora' is not installed")
SMALL = TinySettings(hidden=48, layers=2, heads=4, kv_heads=2, head_dim=16, mlp=64)


def test_adapters_learn_and_merge(chat):
    model = create_model(SMALL, chat, 1)
    names = {name for name, _ in model.named_parameters()}
    ids = torch.tensor([[5, 6, 7, 8]])
    before = model(input_ids=ids).logits
    count = add_lora(model, LoraSettings(rank=4), seed=0)
    assert count == sum(p.numel() for p in model.parameters() if p.requires_grad) > 0
    assert torch.equal(model(input_ids=ids).logits, before)
    model(input_ids=ids, labels=ids).loss.backward()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter -= parameter.grad + 0.01
    learned = model(input_ids=ids).logits
    assert not torch.allclose(learned, before)
    merge_lora(model)
    assert {name for name, _ in model.named_parameters()} == names
    torch.testing.assert_close(model(input_ids=ids).logits, learned, atol=1e-5, rtol=1e-5)


def test_settings_and_names_are_checked(chat):
    with pytest.raises(UserError, match="rank is 0"):
        LoraSettings(rank=0)
    with pytest.raises(UserError, match="fit no layer"):
        add_lora(create_model(SMALL, chat, 1), LoraSettings(targets=("nothing",)), 0)


def test_what_is_missing_is_said(chat):
    assert "cpu" in flex_missing("cpu")
    model = create_model(SMALL, chat, 1)
    assert "dense mask" in choose_attention(model, flex=True)
    assert choose_attention(model) == ""
