"""Attention of a prompt's tokens on what stands before them and on one another, one prompt at a time.

On the CPU torch's fused attention runs at a third of what oneDNN's products reach. There the queries go block by
block through two products and a softmax, and blocks of keys that come later are never looked at. Lengths are
rounded up, because oneDNN writes a kernel for every new shape.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from redone.model.products import onednn_product

BLOCK = 128
LONG_BLOCK, LONG = 96, 700
"""Queries of a block from so many keys on: more scores than these leave the processor's second cache."""
STEP = 32


def rounded(size: int) -> int:
    """The next multiple of ``STEP``."""
    return -(-size // STEP) * STEP


def attend_fused(query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Causal attention of the last L tokens: query ``[L, H, D]``, the others ``[KV, P + L, D]`` -> ``[L, H * D]``."""
    size, whole = query.shape[0], keys.shape[1]
    start = whole - size
    asked, keys, values = query.transpose(0, 1)[None], keys[None], values[None]
    if start > size:  # a mask costs the upper triangle; filling up the rows would cost more
        mask = torch.ones((size, whole), dtype=torch.bool, device=query.device).tril(start)
        mixed = F.scaled_dot_product_attention(asked, keys, values, attn_mask=mask, enable_gqa=True)
        return mixed[0].transpose(0, 1).flatten(1)
    if start:
        asked = F.pad(asked, (0, 0, start, 0))
    mixed = F.scaled_dot_product_attention(asked, keys, values, is_causal=True, enable_gqa=True)
    return mixed[0, :, start:].transpose(0, 1).flatten(1)


def attend_blocks(query: Tensor, keys: Tensor, values: Tensor, front: int = 0) -> Tensor:
    """The same by oneDNN; keys and values are contiguous, ``[KV, P + rounded(L), D]``, and finite at their end.

    The first ``front`` of them are finite filling that nobody looks at, for a P that is a multiple of ``STEP``.
    Rows of a head that are not next to one another would send oneDNN to its reference code, hundreds of times slower.
    """
    size, heads, width = query.shape
    padded, kv_heads = rounded(size), keys.shape[0]
    start, repeat = keys.shape[1] - padded, heads // kv_heads
    block = BLOCK if keys.shape[1] < LONG else LONG_BLOCK
    asked = F.pad(query * width**-0.5, (0, 0, 0, 0, 0, padded - size))
    asked = asked.view(padded, kv_heads, repeat, width).permute(1, 2, 0, 3)
    mixed = torch.empty_like(asked, memory_format=torch.contiguous_format)
    later = torch.full((block, block), float("-inf")).triu_(1)
    for first in range(0, padded, block):
        count = min(block, padded - first)
        seen = start + first + count
        for head in range(kv_heads):
            rows = asked[head, :, first : first + count].reshape(-1, width)
            scores = onednn_product(rows, keys[head, :seen])
            scores.view(repeat, count, seen)[:, :, start + first :] += later[:count, :count]
            if front:
                scores[:, :front] = float("-inf")
            found = onednn_product(scores.softmax(-1), values[head, :seen].t())
            mixed[head, :, first : first + count] = found.view(repeat, count, width)
    return mixed[:, :, :size].permute(2, 0, 1, 3).reshape(size, -1)


def attend_last(query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Attention of one token that sees all: query ``[H, D]``, the others ``[KV, S, D]`` -> ``[H * D]``."""
    asked = (query * query.shape[-1] ** -0.5).view(keys.shape[0], -1, query.shape[-1])
    scores = torch.matmul(asked, keys.transpose(1, 2))
    return torch.matmul(scores.softmax(-1, torch.float32).to(values.dtype), values).flatten()
