"""Attention over rows that stand one after the other without padding, for short rows on the CPU.

All linear layers then see real tokens only; attention works on one row (span) at a time, forwards and
backwards in one step of autograd each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Spans:
    """Rows of ``lengths`` tokens, one after the other; ``masks`` are additive, ``[L, L]`` for each."""

    lengths: Sequence[int]
    masks: Sequence[Tensor]

    def __iter__(self) -> Iterator[tuple[slice, Tensor]]:
        start = 0
        for length, mask in zip(self.lengths, self.masks, strict=True):
            yield slice(start, start + length), mask
            start += length


def span_attention(query: Tensor, key: Tensor, value: Tensor, spans: Spans, scale: float) -> Tensor:
    """Attend within spans: query ``[1, H, N, D]``, key and value ``[1, KV, N, D]`` -> ``[1, N, H, D]``."""
    if torch.is_autocast_enabled(query.device.type):
        dtype = torch.get_autocast_dtype(query.device.type)
        query, key, value = query.to(dtype), key.to(dtype), value.to(dtype)
    mixed: Tensor = _SpanAttention.apply(query[0], key[0], value[0], spans, scale)  # type: ignore[no-untyped-call]
    return mixed[None]


class _SpanAttention(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, spans: Spans, scale: float) -> Tensor:
        heads, tokens, width = query.shape
        kv_heads = key.shape[0]
        mixed = query.new_empty((tokens, heads, width))
        kept = []
        with torch.autocast(query.device.type, enabled=False):
            for span, mask in spans:
                length = mask.shape[0]
                rows = (query[:, span] * scale).reshape(kv_heads, -1, width)
                scores = torch.matmul(rows, key[:, span].transpose(1, 2))
                scores.view(kv_heads, -1, length, length).add_(mask)
                weights = scores.softmax(-1, torch.float32).to(query.dtype)
                mixed[span] = torch.matmul(weights, value[:, span]).view(heads, length, width).transpose(0, 1)
                kept += [rows, weights]
        ctx.save_for_backward(key, value, *kept)
        ctx.spans, ctx.scale = spans, scale
        return mixed

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> Any:
        key, value, *kept = ctx.saved_tensors
        kv_heads, tokens, width = key.shape
        heads = outer[0].shape[1]
        to_query = key.new_empty((tokens, heads, width))
        to_key, to_value = (key.new_empty((tokens, kv_heads, width)) for _ in range(2))
        for (span, mask), rows, weights in zip(ctx.spans, kept[::2], kept[1::2], strict=True):
            length = mask.shape[0]
            pull = outer[0][span].transpose(0, 1).reshape(kv_heads, -1, width)
            to_value[span] = torch.matmul(weights.transpose(1, 2), pull).transpose(0, 1)
            slope = torch.matmul(pull, value[:, span].transpose(1, 2))
            slope = torch._softmax_backward_data(slope, weights, -1, slope.dtype)
            moved = torch.matmul(slope, key[:, span]).mul_(ctx.scale)
            to_query[span] = moved.view(heads, length, width).transpose(0, 1)
            to_key[span] = torch.matmul(slope.transpose(1, 2), rows).transpose(0, 1)
        return to_query.transpose(0, 1), to_key.transpose(0, 1), to_value.transpose(0, 1), None, None
