"""What a GPU computes, as far as a machine without one can tell: devices, formats, and flex attention's mask."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from redone.model import attention as attention_module
from redone.training.documents import group_documents
from redone.training.objectives.dapo import Dapo
from redone.training.packing import PackedBatch, pack

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))


def batches(kit: SimpleNamespace) -> list[PackedBatch]:
    documents = [part for seed in range(3) for part in group_documents(kit.make_group(seed))]
    return pack(documents, row_tokens=70, batch_tokens=140)


def dense_flex(
    module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Any, **rest: Any
) -> tuple[Tensor, None]:
    """Flex attention with a gradient, which torch offers on GPUs only; no more formats than its kernels know."""
    from torch.nn.attention.flex_attention import create_mask

    assert query.dtype == key.dtype == value.dtype
    size = (query.shape[0], 1, query.shape[2], key.shape[2])
    seen = create_mask(attention_mask.mask_mod, *size, device=str(query.device))
    mixed = scaled_dot_product_attention(query, key, value, seen, scale=rest["scaling"], enable_gqa=True)
    return mixed.transpose(1, 2), None


def gradients(model: Any, kit: SimpleNamespace, autocast: bool) -> Any:
    for batch in batches(kit):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
            loss, _ = Dapo().loss(model, batch, 30.0)
        loss.backward()
    return kit.gradients(model)


@pytest.mark.parametrize(("autocast", "limit"), [(False, 1e-5), (True, 0.05)])
def test_flex_attention_trains_as_the_dense_mask_does(
    kit: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, autocast: bool, limit: float
) -> None:
    plain, flex = kit.make_model(), kit.make_model()
    flex.load_state_dict(plain.state_dict())
    plain.set_attn_implementation("sdpa")
    flex.set_attn_implementation(attention_module.FLEX)
    monkeypatch.setattr(attention_module, "flex_attention_forward", dense_flex)
    found = gradients(flex, kit, autocast)
    assert kit.relative_gap(found, gradients(plain, kit, autocast)) < limit


@pytest.mark.parametrize("autocast", [False, True])
def test_torchs_own_flex_attention_takes_what_it_is_given(
    kit: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, autocast: bool
) -> None:
    from torch.nn.attention.flex_attention import flex_attention
    from transformers.integrations import flex_attention as integration

    def uncompiled(query: Tensor, key: Tensor, value: Tensor, training: bool = False, **rest: Any) -> Any:
        assert query.dtype == key.dtype == value.dtype
        return flex_attention(query, key, value, **rest)

    monkeypatch.setattr(integration, "compile_friendly_flex_attention", uncompiled)
    model = kit.make_model()
    losses = []
    for name in (attention_module.FLEX, "sdpa"):
        model.set_attn_implementation(name)
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
            losses.append([Dapo().loss(model, batch, 30.0)[1]["entropy"] for batch in batches(kit)])
    assert losses[0] == pytest.approx(losses[1], rel=2e-2 if autocast else 1e-5)


@pytest.mark.parametrize("recompute", [False, True])
@pytest.mark.parametrize("pieces", [False, True])
def test_every_tensor_of_an_update_is_where_the_model_is(
    kit: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, recompute: bool, pieces: bool
) -> None:
    """On the meta device, whose operations refuse tensors of another."""
    from redone.training import logprobs

    monkeypatch.setattr(Tensor, "item", lambda self: 0.5)
    monkeypatch.setattr(torch, "is_autocast_enabled", lambda kind=None: False)
    monkeypatch.setattr(PackedBatch, "_one_chain_per_row", lambda self: False)
    if pieces:
        monkeypatch.setattr(logprobs, "LOGITS_AT_ONCE", 1 << 10)
    model = kit.make_model()
    model.set_attn_implementation("sdpa")
    model.to("meta").train()
    if recompute:
        model.activation_checkpointing_enable()
    for batch in batches(kit):
        there = batch.to(model.device)
        loss, _ = Dapo().loss(model, there, 30.0)
        assert loss.device.type == "meta"
        loss.backward()
    assert all(p.grad is not None and p.grad.device.type == "meta" for p in model.parameters())


@pytest.mark.parametrize(
    ("driver", "known"),
    [
        ("NVIDIA H200", "h200"),
        ("NVIDIA H100 80GB HBM3", "h100"),
        ("NVIDIA A100-SXM4-80GB", "a100"),
        ("NVIDIA A100-PCIE-40GB", "a100"),
        ("NVIDIA GeForce RTX 4090", "rtx4090"),
        ("NVIDIA RTX A6000", "a6000"),
        ("NVIDIA L40S", "l40s"),
        ("Tesla T4", "t4"),
        ("NVIDIA H100 PCIe", None),
        ("NVIDIA H200 NVL", None),
        ("NVIDIA GeForce RTX 4090 D", None),
        ("NVIDIA GeForce RTX 4090 Laptop GPU", None),
        ("NVIDIA RTX 6000 Ada Generation", None),
        ("NVIDIA A10G", None),
    ],
)
def test_the_peak_is_that_of_the_card_or_unknown(driver: str, known: str | None) -> None:
    from _gpu_shape import peak_of

    from redone.recipe.scale.hardware import GPUS

    peak, said = peak_of(driver)
    if known is None:
        assert peak is None
        assert driver in said
    else:
        assert (peak, said) == (GPUS[known].flops, known)


def test_operations_on_real_tokens_are_those_of_the_tree() -> None:
    from _gpu_shape import real_flops, real_tokens, repeated_flops, repeated_tokens, shape_of, tiny

    shape = tiny(shape_of("0.6b"))
    groups = shape.drawn(0)
    columns = sum(len(part.ids) for group in groups for part in group_documents(group, "prompt"))
    answers = sum(group.tokens for group in groups)
    model = shape.model
    assert real_tokens(groups) == columns + shape.groups * shape.answers
    assert repeated_tokens(groups) == answers + shape.groups * shape.answers * shape.prompt_tokens
    weights = 6 * (model.layers * model.layer_products * columns + model.head * answers)
    pairs = sum(
        int(pack([part], row_tokens=1, batch_tokens=1)[0].mask(torch.float32).eq(0).sum())
        for group in groups
        for part in group_documents(group, "prompt")
    )
    assert real_flops(model, groups) == weights + 12 * model.layers * model.query_width * pairs
    assert repeated_flops(model, groups) > real_flops(model, groups)


@pytest.mark.parametrize(("name", "parameters"), [("0.6b", 596_049_920), ("4b", 4_022_468_096)])
def test_the_models_measured_have_their_published_sizes(name: str, parameters: int) -> None:
    from _gpu_shape import build, shape_of

    model = build(shape_of(name), torch.device("meta"), torch.bfloat16)
    assert sum(p.numel() for p in model.parameters()) == parameters
    assert {(p.dtype, p.device.type) for p in model.parameters()} == {(torch.bfloat16, "meta")}


def test_memory_that_runs_out_ends_a_setting_and_not_the_measurement() -> None:
    from _gpu_clock import fastest

    def measure(setting: int, rounds: int) -> dict[str, Any]:
        if setting > 2:
            raise torch.cuda.OutOfMemoryError("no room")
        return {"median_s": 1.0 / setting, "rounds": rounds}

    best = fastest([1, 2, 3, 4], [0], measure, 5)
    assert (best["median_s"], best["rounds"], len(best["tried"])) == (0.5, 5, 3)
    nothing: Callable[..., Any] = lambda: fastest([3, 4], [5], measure, 5)  # noqa: E731
    assert nothing()["error"] == "out of memory"
