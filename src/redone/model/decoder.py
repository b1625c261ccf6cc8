"""The arithmetic of a decoder layer over rows of tokens, on weights taken from a transformers model.

The stock modules stay the reference (tests compare with them); this form has fewer, larger operations and
lets the caller keep keys and values where it wants, which is what makes sampling in groups cheap.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import PreTrainedModel

from redone.errors import UserError
from redone.model.products import Kernels, linear, onednn_missing, pack_weight

FAMILIES = ("qwen3", "qwen2", "llama")
FUSE_BELOW = 64_000_000  # parameters; above, joined copies of the weights would cost memory and gain nothing

Linear = tuple[Tensor, Tensor | None]
Rope = tuple[Tensor, Tensor]  # cosine and signed sine


@dataclass(frozen=True, slots=True)
class Layer:
    """Weights of one layer; ``qkv`` and ``gate_up`` are one joined matrix each, or the parts."""

    norm_in: Tensor
    qkv: tuple[Linear, ...]
    norm_qk: Tensor | None  # [heads + kv_heads, head_dim]
    out: Linear
    norm_mlp: Tensor
    gate_up: tuple[Linear, ...]
    down: Linear


@dataclass(frozen=True, slots=True)
class Decoder:
    """A snapshot of a causal language model's weights in one dtype; sizes are counts of heads and numbers."""

    embed: Tensor
    layers: tuple[Layer, ...]
    norm_out: Tensor
    head: Linear
    heads: int
    kv_heads: int
    head_dim: int
    eps: float
    rotary: nn.Module

    def project(self, layer: Layer, hidden: Tensor, rope: Rope) -> tuple[Tensor, Tensor, Tensor]:
        """Rows ``[R, hidden]`` -> query ``[R, H, D]``, key and value ``[R, KV, D]``, rotated."""
        mixed = _linears(rms_norm(hidden, layer.norm_in, self.eps), layer.qkv)
        mixed = mixed.view(hidden.shape[0], -1, self.head_dim)
        turned = mixed[:, : self.heads + self.kv_heads]
        if layer.norm_qk is not None:
            turned = rms_norm(turned, layer.norm_qk, self.eps)
        turned = rotate(turned, rope)
        return turned[:, : self.heads], turned[:, self.heads :], mixed[:, self.heads + self.kv_heads :]

    def finish(self, layer: Layer, hidden: Tensor, attended: Tensor) -> Tensor:
        """The rest of the layer: rows ``[R, hidden]``, attention output ``[R, H * D]`` -> ``[R, hidden]``."""
        hidden = hidden + linear(attended, *layer.out)
        gate, up = _linears(rms_norm(hidden, layer.norm_mlp, self.eps), layer.gate_up).chunk(2, -1)
        return hidden + linear(F.silu(gate) * up, *layer.down)

    def logits(self, hidden: Tensor) -> Tensor:
        """Rows ``[R, hidden]`` -> f32 logits ``[R, vocabulary]``."""
        return linear(rms_norm(hidden, self.norm_out, self.eps), *self.head).float()

    def rope_table(self, length: int) -> Rope:
        """Cosine and signed sine ``[length, D]`` of every position."""
        positions = torch.arange(length, device=self.embed.device)[None]
        cos, sin = self.rotary(self.embed[:1], positions)
        sin = sin[0].clone()
        sin[:, : self.head_dim // 2].neg_()
        return cos[0], sin


def whole(parameter: Tensor) -> Tensor:
    """A parameter without its gradient; gathered where it is spread over processes (all must ask together)."""
    gather = getattr(parameter, "full_tensor", None)
    return (gather() if gather is not None else parameter).detach()


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """Root-mean-square norm over the last axis, in f32 inside as transformers does it."""
    wide = x.float()
    scale = (torch.linalg.vector_norm(wide, dim=-1, keepdim=True).square_() / x.shape[-1]).add_(eps).rsqrt_()
    normed: Tensor = (wide * scale).to(x.dtype) * weight
    return normed


def rotate(x: Tensor, rope: Rope) -> Tensor:
    """Rotary positions on ``[R, heads, D]`` by a cosine and a signed sine ``[R, 1, D]``."""
    cos, sin = rope
    half = x.shape[-1] // 2
    return torch.addcmul(x * cos, torch.cat((x[..., half:], x[..., :half]), -1), sin)


def _linears(x: Tensor, parts: tuple[Linear, ...]) -> Tensor:
    outputs = [linear(x, weight, bias) for weight, bias in parts]
    return outputs[0] if len(outputs) == 1 else torch.cat(outputs, -1)


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
