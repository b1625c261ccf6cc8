"""Attention of a prompt's tokens on what stands before them and on one another, one prompt at a time.

On the CPU torch's fused attention runs at a third of what oneDNN's products reach. There the queries go block by
block through two products and a softmax, and blocks of keys that come later are never looked at. Lengths are
rounded up, because oneDNN writes a kernel for every new shape.
"""

from __future__ import annotations

from functools import cache

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


def attend_blocks(query: Tensor, keys: Tensor, values: Tensor, into: Tensor, front: int = 0) -> None:
    """The same by oneDNN, written into ``[L, H * D]``; keys and values are ``[KV, P + rounded(L), D]``, contiguous.

    They are finite at their end. The first ``front`` of them are finite filling that nobody looks at, for a P that is
    a multiple of ``STEP``. Rows of a head that are not next to one another would send oneDNN to its reference code,
    hundreds of times slower.
    """
    size, heads, width = query.shape
    padded, kv_heads = rounded(size), keys.shape[0]
    start, repeat = keys.shape[1] - padded, heads // kv_heads
    block = BLOCK if keys.shape[1] < LONG else LONG_BLOCK
    asked = query.new_empty((kv_heads, padded, repeat, width))
    torch.mul(query.view(size, kv_heads, repeat, width).transpose(0, 1), width**-0.5, out=asked[:, :size])
    asked[:, size:] = 0
    mixed, later = into.view(size, kv_heads, repeat, width), _later(block)
    for first in range(0, padded, block):
        seen = start + min(first + block, padded)
        count = seen - start - first
        for head in range(kv_heads):
            scores = onednn_product(asked[head, first : first + count].view(-1, width), keys[head, :seen])
            scores.view(count, repeat, seen)[:, :, start + first :] += later[:count, :, :count]
            if front:
                scores[:, :front] = float("-inf")
            torch.softmax(scores, -1, out=scores)  # in place: twice as many would leave the second cache
            found = onednn_product(scores, values[head, :seen].t()).view(count, repeat, width)
            mixed[first : first + count, head] = found[: size - first]


@cache
def _later(block: int) -> Tensor:
    """What hides the keys after each query of a block, ``[block, 1, block]``."""
    return torch.full((block, block), float("-inf")).triu_(1)[:, None]


def attend_last(query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Attention of one token that sees all: query ``[H, D]``, the others ``[KV, S, D]`` -> ``[H * D]``."""
    asked = (query * query.shape[-1] ** -0.5).view(keys.shape[0], -1, query.shape[-1])
    scores = torch.matmul(asked, keys.transpose(1, 2))
    return torch.matmul(scores.softmax(-1, torch.float32).to(values.dtype), values).flatten()
