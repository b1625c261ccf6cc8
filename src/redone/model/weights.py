"""The weights of a transformers model, taken as a ``Decoder``: joined, merged with adapters, laid out for oneDNN."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from redone.errors import UserError
from redone.model.decoder import Decoder, Layer, Linear
from redone.model.products import Kernels, onednn_missing, pack_weight

FAMILIES = ("qwen3", "qwen2", "llama")
FUSE_BELOW = 64_000_000  # parameters; above, joined copies of the weights would cost memory and gain nothing


@torch.no_grad()
def take_weights(model: PreTrainedModel, dtype: torch.dtype, kernels: Kernels = "torch") -> Decoder:
    """Read the weights that ``model`` has now; adapters are merged into the copy.

    ``kernels`` "onednn" (and "fused") also lays them out for oneDNN, where it is there; ``dtype`` is then that of the
    products with weights, as under autocast, and everything else is f32.

    Raises:
        UserError: the architecture is not one of ``FAMILIES`` or uses a sliding window.

    """
    config = model.config
    check_family(config)
    packed = kernels != "torch" and not onednn_missing(model.device.type)
    products, dtype = dtype, torch.float32 if packed else dtype
    core = model.get_decoder()
    count = sum(p.numel() for p in core.parameters())
    fuse = count < FUSE_BELOW
    layers = tuple(_take_layer(layer, config, dtype, fuse) for layer in core.layers)
    head = _take_linear(model.get_output_embeddings(), dtype)
    if packed:
        layers, head = tuple(_packed(layer, products) for layer in layers), _pack(head, products)
    return Decoder(
        embed=whole(core.embed_tokens.weight).to(dtype),
        layers=layers,
        norm_out=whole(core.norm.weight).to(dtype),
        head=head,
        heads=config.num_attention_heads,
        kv_heads=config.num_key_value_heads,
        head_dim=_head_dim(config),
        eps=config.rms_norm_eps,
        rotary=core.rotary_emb,
    )


def check_family(config: Any) -> None:
    """Raise a ``UserError`` unless this arithmetic is the one of the configured architecture."""
    if config.model_type not in FAMILIES:
        raise UserError(f"no sampler for model type {config.model_type!r}; known: {', '.join(FAMILIES)}")
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    if kinds != {"full_attention"}:
        raise UserError(f"no sampler for attention of kind {sorted(kinds)}; set use_sliding_window to false")


def _head_dim(config: Any) -> int:
    return int(getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads)


def _take_layer(layer: Any, config: Any, dtype: torch.dtype, fuse: bool) -> Layer:
    attention, mlp = layer.self_attn, layer.mlp
    norm_qk = None
    if hasattr(attention, "q_norm"):
        norm_qk = torch.cat(
            (
                whole(attention.q_norm.weight).to(dtype).expand(config.num_attention_heads, -1),
                whole(attention.k_norm.weight).to(dtype).expand(config.num_key_value_heads, -1),
            )
        )
    qkv = [_take_linear(m, dtype) for m in (attention.q_proj, attention.k_proj, attention.v_proj)]
    gate_up = [_take_linear(m, dtype) for m in (mlp.gate_proj, mlp.up_proj)]
    return Layer(
        norm_in=whole(layer.input_layernorm.weight).to(dtype),
        qkv=_join(qkv) if fuse else tuple(qkv),
        norm_qk=norm_qk,
        out=_take_linear(attention.o_proj, dtype),
        norm_mlp=whole(layer.post_attention_layernorm.weight).to(dtype),
        gate_up=_join(gate_up) if fuse else tuple(gate_up),
        down=_take_linear(mlp.down_proj, dtype),
    )


def _take_linear(module: Any, dtype: torch.dtype) -> Linear:
    """Weight and bias of a linear layer, with the change that an active peft adapter makes to it."""
    base = module.get_base_layer() if hasattr(module, "get_base_layer") else module
    weight = whole(base.weight)
    if base is not module and not module.merged:
        for name in module.active_adapters:
            weight = weight + module.get_delta_weight(name).to(weight.dtype)
    return weight.to(dtype), None if base.bias is None else whole(base.bias).to(dtype)


def _join(parts: list[Linear]) -> tuple[Linear]:
    biases = [bias for _, bias in parts]
    return ((torch.cat([w for w, _ in parts]), None if biases[0] is None else torch.cat(biases)),)  # type: ignore[arg-type]


def _packed(layer: Layer, dtype: torch.dtype) -> Layer:
    return replace(
        layer,
        qkv=tuple(_pack(part, dtype) for part in layer.qkv),
        out=_pack(layer.out, dtype),
        gate_up=tuple(_pack(part, dtype) for part in layer.gate_up),
        down=_pack(layer.down, dtype),
    )


def _pack(part: Linear, dtype: torch.dtype) -> Linear:
    weight, bias = part
    return pack_weight(weight.to(dtype)), None if bias is None else bias.to(dtype)


def whole(parameter: Tensor) -> Tensor:
    """A parameter without its gradient; gathered where it is spread over processes (all must ask together)."""
    gather = getattr(parameter, "full_tensor", None)
    return (gather() if gather is not None else parameter).detach()
