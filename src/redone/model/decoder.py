"""The arithmetic of a decoder layer over rows of tokens, on weights taken from a transformers model.

The stock modules stay the reference (tests compare with them); this form has fewer, larger operations and
lets the caller keep keys and values where it wants, which is what makes sampling in groups cheap.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from redone.model.products import linear

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
        hidden = linear(attended, *layer.out).add_(hidden)
        gate, up = _linears(rms_norm(hidden, layer.norm_mlp, self.eps), layer.gate_up).chunk(2, -1)
        return linear(F.silu(gate).mul_(up), *layer.down).add_(hidden)

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


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """Root-mean-square norm over the last axis, in f32 inside as transformers does it."""
    wide = x.float()
    scale = (torch.linalg.vector_norm(wide, dim=-1, keepdim=True).square_() / x.shape[-1]).add_(eps).rsqrt_()
    normed: Tensor = (wide * scale).to(x.dtype).mul_(weight)
    return normed


def rotate(x: Tensor, rope: Rope) -> Tensor:
    """Rotary positions on ``[R, heads, D]`` by a cosine and a signed sine ``[R, 1, D]``."""
    cos, sin = rope
    half = x.shape[-1] // 2
    return (x * cos).addcmul_(torch.cat((x[..., half:], x[..., :half]), -1), sin)


def _linears(x: Tensor, parts: tuple[Linear, ...]) -> Tensor:
    outputs = [linear(x, weight, bias) for weight, bias in parts]
    return outputs[0] if len(outputs) == 1 else torch.cat(outputs, -1)
