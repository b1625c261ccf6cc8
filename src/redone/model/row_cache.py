"""Keys and values of prompts that are answered once each: one row per prompt, all rows ending at one place.

A prompt stands at the end of its row's room, so that the next token of every row has the same place and a step's
attention is two batched products and a softmax. Shorter prompts leave their row's beginning empty; it is hidden.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from redone.model.decoder import Decoder

PACK_BELOW = 0.75
ROOM = 64


class RowCache:
    """Keys ``[layers, B, KV, D, C]``, as they are multiplied, and values ``[layers, B, KV, C, D]``."""

    def __init__(self, decoder: Decoder, lengths: Sequence[int], answer: int) -> None:
        self.end = max(lengths)  # places taken
        self.first = self.end - torch.tensor(lengths, device=decoder.embed.device)  # of every slot
        room = self.end + min(answer, ROOM)
        shape = (len(decoder.layers), len(lengths), decoder.kv_heads)
        self.keys = decoder.embed.new_zeros((*shape, decoder.head_dim, room))
        self.values = decoder.embed.new_zeros((*shape, room, decoder.head_dim))
        self.slots = torch.arange(len(lengths), device=decoder.embed.device)  # slot of every live row
        self.full = True
        self.hidden = self._hide_empty()

    def _hide_empty(self) -> Tensor | None:
        """What to add to the scores of all places, ``[B, 1, 1, C]``; None where no row's beginning is empty."""
        if not bool(self.first.any()):
            return None
        empty = torch.arange(self.values.shape[3], device=self.first.device)[None] < self.first[:, None]
        mask = torch.zeros(empty.shape, dtype=self.values.dtype, device=empty.device)
        return mask.masked_fill_(empty, float("-inf"))[:, None, None]

    def put(self, layer: int, row: int, keys: Tensor, values: Tensor) -> None:
        """Store a prompt's keys and values ``[KV, T, D]``."""
        first, last = self.end - keys.shape[1], self.end
        self.keys[layer, row, :, :, first:last] = keys.transpose(1, 2)
        self.values[layer, row, :, first:last] = values

    def advance(self) -> None:
        """Make room for one more answer token per row."""
        self.end += 1
        if self.end > self.values.shape[3]:
            layers, rows, kv_heads, room, width = self.values.shape
            more = min(room, 4 * ROOM)
            self.keys = torch.cat((self.keys, self.keys.new_zeros((layers, rows, kv_heads, width, more))), 4)
            self.values = torch.cat(
                (self.values, self.values.new_zeros((layers, rows, kv_heads, more, width))), 3
            )
            self.hidden = self._hide_empty()

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Store the step's key and value ``[R, KV, D]`` and attend: query ``[R, H, D]`` -> ``[R, H * D]``."""
        keys, values, place = self.keys[layer], self.values[layer], self.end - 1
        query = query * query.shape[-1] ** -0.5
        if self.full:
            keys[..., place], values[:, :, place] = key, value
            slotted = query
        else:
            keys[self.slots, :, :, place], values[self.slots, :, place] = key, value
            slotted = query.new_zeros((keys.shape[0], *query.shape[1:]))
            slotted[self.slots] = query
        rows, kv_heads, width = keys.shape[:3]
        asked = slotted.view(rows, kv_heads, -1, width)
        scores = torch.matmul(asked, keys[..., : self.end])
        if self.hidden is not None:
            scores += self.hidden[..., : self.end]
        weights = scores.softmax(-1, torch.float32).to(values.dtype)
        mixed = torch.matmul(weights, values[:, :, : self.end]).view(rows, -1)
        return mixed if self.full else mixed[self.slots]

    def keep(self, alive: Tensor) -> None:
        """Drop the rows for which ``alive`` ``[R]`` is false; the others move together when it pays."""
        self.slots, self.full = self.slots[alive], False
        if len(self.slots) > PACK_BELOW * self.keys.shape[1]:
            return
        first = self.first[self.slots]
        unused = int(first.min())
        self.first, self.end = first - unused, self.end - unused
        self.keys = self.keys[..., unused:].index_select(1, self.slots)
        self.values = self.values[:, :, :, unused:].index_select(1, self.slots)
        self.slots, self.full = torch.arange(len(self.slots), device=self.slots.device), True
        self.hidden = self._hide_empty()
