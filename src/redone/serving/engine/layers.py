"""The decoder's arithmetic as the engine runs it: for small models in fewer operations, else as it is.

With a small model an operation costs more than what it computes. There the weights of the norms are folded into
the products behind them, and products of a few rows, where oneDNN's own preparation is most of the time, go
through torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import PreTrainedModel

from redone.model.decoder import Decoder, Layer, Linear, Rope
from redone.model.products import Kernels, onednn_missing, onednn_product, pack_weight
from redone.model.weights import take_weights

FEW_ROWS = 4
"""Up to so many rows torch's product is the faster one."""


class Layers(Protocol):
    """What a pass needs of a model; rows are tokens."""

    decoder: Decoder
    padded: bool
    """Whether every new number of rows costs a kernel that is written for it."""

    def project(self, layer: int, hidden: Tensor, rope: Rope) -> tuple[Tensor, Tensor]:
        """Rows ``[R, hidden]`` -> query ``[R, H, D]``, and key and value one after the other ``[R, 2 KV, D]``.

        ``rope`` holds angles for every head ``[R, H + KV, D]``.
        """
        ...

    def finish(self, layer: int, hidden: Tensor, attended: Tensor) -> Tensor:
        """Hand the attention's output ``[R, H * D]`` on to the next layer's input ``[R, hidden]``."""
        ...

    def logits(self, hidden: Tensor) -> Tensor:
        """Rows ``[R, hidden]`` -> f32 logits ``[R, vocabulary]``."""
        ...


def layers_of(model: PreTrainedModel, kernels: Kernels) -> Layers:
    """The layers of a model in its own dtype.

    Raises:
        UserError: the architecture is not known.

    """
    if model.dtype != torch.float32:
        return Stock(take_weights(model, model.dtype))
    decoder = take_weights(model, model.dtype)
    if len(decoder.layers[0].qkv) > 1:  # a large model, whose weights are not copied once more
        return Stock(take_weights(model, model.dtype, kernels))
    return Folded(decoder, packed=kernels != "torch" and not onednn_missing(model.device.type))


class Stock:
    """The decoder as it is."""

    def __init__(self, decoder: Decoder) -> None:
        self.decoder = decoder
        self.padded = decoder.head[0].is_mkldnn

    def project(self, layer: int, hidden: Tensor, rope: Rope) -> tuple[Tensor, Tensor]:
        """See ``Layers``."""
        query, key, value = self.decoder.project(self.decoder.layers[layer], hidden, rope)
        return query, torch.cat((key, value), 1)

    def finish(self, layer: int, hidden: Tensor, attended: Tensor) -> Tensor:
        """See ``Layers``."""
        return self.decoder.finish(self.decoder.layers[layer], hidden, attended)

    def logits(self, hidden: Tensor) -> Tensor:
        """See ``Layers``."""
        return self.decoder.logits(hidden)


@dataclass(frozen=True, slots=True)
class _Product:
    """A matrix for a few rows and, where there is oneDNN, laid out for many."""

    few: Tensor
    many: Tensor | None
    bias: Tensor | None

    def __call__(self, x: Tensor) -> Tensor:
        if self.many is None or x.shape[0] <= FEW_ROWS:
            return F.linear(x, self.few, self.bias)
        return onednn_product(x, self.many, self.bias)


@dataclass(frozen=True, slots=True)
class _FoldedLayer:
    qkv: _Product
    norm_qk: Tensor | None
    out: _Product
    gate_up: _Product
    down: _Product


class Folded:
    """A small f32 decoder with the weights of its norms inside the products that read them."""

    def __init__(self, decoder: Decoder, *, packed: bool) -> None:
        self.decoder = decoder
        self.padded = packed
        width = decoder.embed.shape[1]
        self._turning = decoder.heads + decoder.kv_heads
        self._floor = _floor(width, decoder)
        self._head_floor = _floor(decoder.head_dim, decoder)
        self._layers = [self._fold(layer, width, packed) for layer in decoder.layers]
        self._head = _product(decoder.head, decoder.norm_out * width**0.5, packed)

    def _fold(self, layer: Layer, width: int, packed: bool) -> _FoldedLayer:
        norm_qk = None if layer.norm_qk is None else layer.norm_qk * self.decoder.head_dim**0.5
        return _FoldedLayer(
            qkv=_product(layer.qkv[0], layer.norm_in * width**0.5, packed),
            norm_qk=norm_qk,
            out=_product(layer.out, None, packed),
            gate_up=_product(layer.gate_up[0], layer.norm_mlp * width**0.5, packed),
            down=_product(layer.down, None, packed),
        )

    def project(self, layer: int, hidden: Tensor, rope: Rope) -> tuple[Tensor, Tensor]:
        """See ``Layers``; keys are rotated where they stand, beside the values."""
        own = self._layers[layer]
        mixed = own.qkv(_unit(hidden, self._floor)).view(hidden.shape[0], -1, self.decoder.head_dim)
        turned = given = mixed[:, : self._turning]
        if own.norm_qk is not None:
            given = _unit(given, self._head_floor).mul_(own.norm_qk)
        cos, sin = rope
        swapped = given.roll(self.decoder.head_dim // 2, -1)
        torch.addcmul(given * cos, swapped, sin, out=turned)
        return mixed[:, : self.decoder.heads], mixed[:, self.decoder.heads :]

    def finish(self, layer: int, hidden: Tensor, attended: Tensor) -> Tensor:
        """See ``Layers``."""
        own = self._layers[layer]
        hidden = own.out(attended).add_(hidden)
        gate, up = own.gate_up(_unit(hidden, self._floor)).chunk(2, -1)
        return own.down(F.silu(gate).mul_(up)).add_(hidden)

    def logits(self, hidden: Tensor) -> Tensor:
        """See ``Layers``."""
        return self._head(_unit(hidden, self._floor))


def _unit(x: Tensor, floor: Tensor) -> Tensor:
    """The last axis at length one: a root-mean-square norm without its weight and the root of the width."""
    return x / torch.hypot(torch.linalg.vector_norm(x, dim=-1, keepdim=True), floor)


def _floor(width: int, decoder: Decoder) -> Tensor:
    """What the norm's epsilon comes to beside a length."""
    return torch.tensor((width * decoder.eps) ** 0.5, device=decoder.embed.device)


def _product(part: Linear, scale: Tensor | None, packed: bool) -> _Product:
    weight, bias = part
    if scale is not None:
        weight = weight * scale
    return _Product(weight, pack_weight(weight) if packed else None, bias)
