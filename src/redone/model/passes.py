"""The two passes of sampling over a decoder's weights: read whole prompts, then feed one token per row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from redone.model.decoder import Decoder


class Cache(Protocol):
    """Keys and values of the rows that are being answered."""

    def advance(self) -> None:
        """Make room for one more answer token per row."""
        ...

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Store the step's key and value ``[R, KV, D]`` and attend: query ``[R, H, D]`` -> ``[R, H * D]``."""
        ...


def prefill(
    decoder: Decoder, prompts: Sequence[Sequence[int]], lengths: Tensor, rope: tuple[Tensor, Tensor]
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """Hidden state of the prompts' last tokens ``[B, hidden]``; keys and values ``[layers, B, KV, T, D]``."""
    device = decoder.embed.device
    count, span = len(prompts), int(lengths.max())
    ids = torch.tensor([list(p) + [0] * (span - len(p)) for p in prompts], device=device).view(-1)
    hidden = decoder.embed[ids]
    turns = tuple(table[:span].repeat(count, 1)[:, None] for table in rope)
    shape = (len(decoder.layers), count, decoder.kv_heads, span, decoder.head_dim)
    keys, values = hidden.new_empty(shape), hidden.new_empty(shape)
    ends = torch.arange(count, device=device) * span + lengths - 1
    for place, layer in enumerate(decoder.layers):
        query, key, value = decoder.project(layer, hidden, (turns[0], turns[1]))
        keys[place] = key.view(count, span, -1, decoder.head_dim).transpose(1, 2)
        values[place] = value.view(count, span, -1, decoder.head_dim).transpose(1, 2)
        query = query.view(count, span, -1, decoder.head_dim).transpose(1, 2)
        attended = F.scaled_dot_product_attention(
            query, keys[place], values[place], is_causal=True, enable_gqa=True
        )
        attended = attended.transpose(1, 2).reshape(count * span, -1)
        if place + 1 == len(decoder.layers):  # nothing looks at the other tokens any more
            hidden, attended = hidden[ends], attended[ends]
        hidden = decoder.finish(layer, hidden, attended)
    return hidden, (keys, values)


def decode_step(
    decoder: Decoder, cache: Cache, ids: Tensor, rope: tuple[Tensor, Tensor], step: int = 1
) -> Tensor:
    """Feed one token per live row ``[R]`` and return the next logits ``[R, V]``.

    A multiple of ``step`` rows is multiplied, where a new number of rows is dear (see ``prompt_reading``).
    """
    cache.advance()
    rows, spare = len(ids), -len(ids) % step
    if spare:  # rows that nobody looks at
        ids = F.pad(ids, (0, spare))
        rope = (F.pad(rope[0], (0, 0, 0, 0, 0, spare)), F.pad(rope[1], (0, 0, 0, 0, 0, spare)))
    hidden = decoder.embed[ids]
    for place, layer in enumerate(decoder.layers):
        query, key, value = decoder.project(layer, hidden, rope)
        attended = cache.attend(place, query[:rows], key[:rows], value[:rows])
        hidden = decoder.finish(layer, hidden, F.pad(attended, (0, 0, 0, spare)) if spare else attended)
    return decoder.logits(hidden)[:rows]
