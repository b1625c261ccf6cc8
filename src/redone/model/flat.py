"""The decoder with gradients over rows that stand one after the other, in fewer and larger steps than the stock one.

Norms, rotation and the gated unit are one step of autograd each, projections that read the same input are one
product, and what a product reads is rounded to its precision once. For plain linear layers on the CPU; everything
else (adapters, weights spread over processes, layers that are computed again) goes through the stock modules, with
which tests compare. The switch is ``kernels`` "fused" with the flat layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import PreTrainedModel

from redone.model.attention import NAME
from redone.model.products import onednn_active, onednn_product
from redone.model.spans import Spans, span_attention
from redone.model.weights import FAMILIES


def flat_ready(model: PreTrainedModel) -> bool:
    """Whether ``flat_hidden`` knows every part of the model."""
    config = model.config
    known = config.model_type in FAMILIES and config.hidden_act == "silu"
    if not known or config._attn_implementation != NAME or model.is_activation_checkpointing:
        return False
    layers = model.get_decoder().layers
    parts = [module for layer in layers for module in layer.modules() if hasattr(module, "weight")]
    return all(
        type(part.weight) is nn.Parameter and (type(part) is nn.Linear or "RMSNorm" in type(part).__name__)
        for part in parts
    )


def flat_hidden(model: PreTrainedModel, ids: Tensor, positions: Tensor, spans: Spans) -> Tensor:
    """Final hidden states ``[N, hidden]`` of ids and positions ``[1, N]``, as the stock decoder has them."""
    core: Any = model.get_decoder()
    hidden = core.embed_tokens(ids)[0]
    autocast = torch.is_autocast_enabled(ids.device.type)
    dtype = torch.get_autocast_dtype(ids.device.type) if autocast else hidden.dtype
    cos, sin = core.rotary_emb(hidden[None], positions)
    sin = sin[0].clone()
    sin[:, : sin.shape[1] // 2].neg_()
    turn = (cos[0][:, None], sin[:, None])
    for layer in core.layers:
        hidden = _layer(layer, hidden, turn, spans, dtype)
    return _norm(hidden, core.norm, hidden.dtype)


def _layer(
    layer: Any, hidden: Tensor, turn: tuple[Tensor, Tensor], spans: Spans, dtype: torch.dtype
) -> Tensor:
    attention, mlp = layer.self_attn, layer.mlp
    width = attention.head_dim
    projected = _project(
        _norm(hidden, layer.input_layernorm, dtype), attention.q_proj, attention.k_proj, attention.v_proj
    ).view(len(hidden), -1, width)
    heads, kv_heads = (part.out_features // width for part in (attention.q_proj, attention.k_proj))
    query, key, value = torch.split(projected, [heads, kv_heads, kv_heads], 1)
    if hasattr(attention, "q_norm"):
        query = _norm(query, attention.q_norm, hidden.dtype)
        key = _norm(key, attention.k_norm, hidden.dtype)
    query, key = _Rotate.apply(query, *turn), _Rotate.apply(key, *turn)  # type: ignore[no-untyped-call]
    query, key, value = (part.transpose(0, 1)[None] for part in (query, key, value))
    attended = span_attention(query, key, value, spans, attention.scaling)[0].flatten(1)
    hidden = hidden + _project(attended, attention.o_proj)
    both = _project(_norm(hidden, layer.post_attention_layernorm, dtype), mlp.gate_proj, mlp.up_proj)
    return hidden + _project(_Gated.apply(both), mlp.down_proj)  # type: ignore[no-untyped-call]


def _norm(x: Tensor, module: Any, dtype: torch.dtype) -> Tensor:
    made: Tensor = _Norm.apply(x, module.weight, module.variance_epsilon, dtype)  # type: ignore[no-untyped-call]
    return made


def _project(x: Tensor, *parts: nn.Linear) -> Tensor:
    biases = [part.bias for part in parts if part.bias is not None]
    made: Tensor = _Project.apply(  # type: ignore[no-untyped-call]
        x, onednn_active() and x.dtype == torch.float32, len(parts), *(part.weight for part in parts), *biases
    )
    return made


class _Project(torch.autograd.Function):
    """``[N, K]`` times some ``[M, K]``, side by side: one product each way; the precision is that of ``x``."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, onednn: bool, count: int, *given: Tensor) -> Tensor:
        weights, biases = given[:count], given[count:]
        matrix = _joined(weights).to(x.dtype)
        ctx.multiply = onednn_product if onednn else F.linear
        ctx.sizes = [weight.shape[0] for weight in weights]
        ctx.dtype, ctx.biased = weights[0].dtype, bool(biases)
        ctx.save_for_backward(x, matrix)
        with torch.autocast(x.device.type, enabled=False):
            made: Tensor = ctx.multiply(x, matrix, _joined(biases).to(x.dtype) if biases else None)
        return made

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> Any:
        x, matrix = ctx.saved_tensors
        pull = outer[0]
        to_x = ctx.multiply(pull, matrix.t()) if ctx.needs_input_grad[0] else None
        # The left side is copied in order to lie the right way round, so the narrower one is taken.
        if x.shape[1] <= pull.shape[1]:
            to_matrix = ctx.multiply(x.t(), pull.t()).t()
        else:
            to_matrix = ctx.multiply(pull.t(), x.t())
        to_weights = torch.split(to_matrix.to(ctx.dtype), ctx.sizes)
        to_biases = torch.split(pull.sum(0).to(ctx.dtype), ctx.sizes) if ctx.biased else ()
        return to_x, None, None, *to_weights, *to_biases


class _Norm(torch.autograd.Function):
    """Root-mean-square norm over the last axis, f32 inside; the result is rounded to ``dtype``."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, eps: float, dtype: torch.dtype) -> Tensor:
        wide = x.float()
        scale = torch.linalg.vector_norm(wide, dim=-1, keepdim=True).square_().div_(x.shape[-1])
        scale = scale.add_(eps).rsqrt_()
        ctx.save_for_backward(wide, weight, scale)
        ctx.dtype = x.dtype
        made: Tensor = (wide * scale).mul_(weight).to(dtype)
        return made

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> Any:
        wide, weight, scale = ctx.saved_tensors
        normed, pull = wide * scale, outer[0].float()
        inner = pull * normed
        to_weight = inner.flatten(0, -2).sum(0)
        # d normed = pull * weight, and its part along normed is taken out.
        along = torch.mv(inner.flatten(0, -2), weight.float()).view(scale.shape).div_(wide.shape[-1])
        to_x = torch.addcmul(pull * weight, normed, along, value=-1.0).mul_(scale)
        return to_x.to(ctx.dtype), to_weight.to(weight.dtype), None, None


class _Rotate(torch.autograd.Function):
    """Rotary positions on ``[N, heads, D]`` by cosine and signed sine ``[N, 1, D]``."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        ctx.save_for_backward(cos, sin)
        ctx.dtype = x.dtype
        return torch.addcmul(x * cos, _swapped(x), sin)

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> Any:
        cos, sin = ctx.saved_tensors
        return (_swapped(outer[0] * sin).addcmul_(outer[0], cos)).to(ctx.dtype), None, None


class _Gated(torch.autograd.Function):
    """``silu(gate) * up`` of the two halves of ``[N, 2 * M]``."""

    @staticmethod
    def forward(ctx: Any, both: Tensor) -> Tensor:
        ctx.save_for_backward(both)
        gate, up = both.chunk(2, -1)
        return F.silu(gate).mul_(up)

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> Any:
        (both,) = ctx.saved_tensors
        gate, up = both.chunk(2, -1)
        slope = torch.empty_like(both)
        to_gate, to_up = slope.chunk(2, -1)
        torch.mul(outer[0], F.silu(gate), out=to_up)
        torch.ops.aten.silu_backward.grad_input(outer[0] * up, gate, grad_input=to_gate)
        return slope


def _swapped(x: Tensor) -> Tensor:
    half = x.shape[-1] // 2
    return torch.cat((x[..., half:], x[..., :half]), -1)


def _joined(parts: Sequence[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(list(parts))
