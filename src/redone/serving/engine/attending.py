"""Attention of the tokens that one turn feeds, on the keys and values of their rows."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


class Stepping:
    """One token in each of the rows ``first..``, after the ``held`` tokens that each row has already."""

    def __init__(self, held: Sequence[int], first: int, like: Tensor) -> None:
        self.rows = slice(first, first + len(held))
        self.num_tokens = len(held)
        self.reach = max(held) + 1
        self.mask = None
        if min(held) + 1 < self.reach:
            places = torch.tensor(held, device=like.device)
            seen = torch.arange(self.reach, device=like.device) <= places[:, None]
            self.mask = _additive(seen, like.dtype)[:, None, None]

    def attend(self, query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Query ``[R, H, D]`` -> ``[R, H * D]``; heads that share keys stand as if they were tokens."""
        count, _, size = query.shape
        keys, values = keys[self.rows, :, : self.reach], values[self.rows, :, : self.reach]
        folded = query.reshape(count, keys.shape[1], -1, size)
        return F.scaled_dot_product_attention(folded, keys, values, self.mask).reshape(count, -1)


class Reading:
    """Several tokens in each of some neighbouring rows; nobody looks ahead.

    ``sizes`` are the tokens of each row, ``starts`` how many it has already.
    """

    def __init__(self, sizes: Sequence[int], starts: Sequence[int], first: int, like: Tensor) -> None:
        device, self.span = like.device, max(sizes)
        self.rows = slice(first, first + len(sizes))
        self.num_tokens = sum(sizes)
        self.reach = max(start + size for start, size in zip(starts, sizes, strict=True))
        self.spread: Tensor | None = None
        self.gathered: Tensor | None = None
        counts, begins = torch.tensor(sizes, device=device), torch.tensor(starts, device=device)
        if min(sizes) < self.span:  # shorter rows repeat their last token, and what it finds is not used
            columns = torch.arange(self.span, device=device)
            own = torch.minimum(columns, counts[:, None] - 1)
            self.spread = (own + (counts.cumsum(0) - counts)[:, None]).flatten()
            self.gathered = (columns < counts[:, None]).flatten().nonzero()[:, 0]
        self.mask = None
        if any(starts):
            wanted = begins[:, None] + torch.arange(self.span, device=device)
            seen = torch.arange(self.reach, device=device) <= wanted[:, :, None]
            self.mask = _additive(seen, like.dtype)[:, None]

    def attend(self, query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Query ``[N, H, D]`` -> ``[N, H * D]``."""
        _, heads, width = query.shape
        if self.spread is not None:
            query = query.index_select(0, self.spread)
        query = query.reshape(-1, self.span, heads, width).transpose(1, 2)
        keys, values = keys[self.rows, :, : self.reach], values[self.rows, :, : self.reach]
        mixed = F.scaled_dot_product_attention(
            query, keys, values, self.mask, is_causal=self.mask is None, enable_gqa=True
        )
        mixed = mixed.transpose(1, 2).reshape(-1, heads * width)
        return mixed if self.gathered is None else mixed.index_select(0, self.gathered)


def readings(sizes: Sequence[int], starts: Sequence[int], first: int, like: Tensor) -> list[Reading]:
    """Parts of neighbouring rows of like size, for shorter rows cost as much as the longest beside them."""
    parts, begin = [], 0
    for end in range(1, len(sizes) + 1):
        within = sizes[begin : end + 1]
        if end == len(sizes) or 3 * max(within) > 4 * min(within) + 24:
            part = slice(begin, end)
            parts.append(Reading(sizes[part], starts[part], first + begin, like))
            begin = end
    return parts


def _additive(seen: Tensor, dtype: torch.dtype) -> Tensor:
    """What to add to scores: nothing where ``seen``, minus infinity elsewhere."""
    mask = torch.zeros(seen.shape, dtype=dtype, device=seen.device)
    return mask.masked_fill_(~seen, float("-inf"))
