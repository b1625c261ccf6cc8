"""Keys and values of prompts that are answered once each: one row per prompt, all rows ending at one place.

A prompt stands at the end of its row's room, so that the next token of every row has the same place and a step's
attention is two batched products and a softmax. Shorter prompts leave their row's beginning empty; it is hidden.
Where rows end, the last ones move into their places, so that a step never looks at a row that has ended.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from redone.model.decoder import Decoder

ROOM = 64


class RowCache:
    """Keys ``[layers, B, KV, D, C]``, as they are multiplied, and values ``[layers, B, KV, C, D]``.

    Rows of ``waiting`` come first, with what they hold; then one for each of ``lengths``, which ``put`` fills.
    """

    def __init__(
        self, decoder: Decoder, lengths: Sequence[int], answer: int, waiting: RowCache | None = None
    ) -> None:
        held = [] if waiting is None else (waiting.end - waiting.first).tolist()
        sizes = [*held, *lengths]
        self.end: int = max(sizes)  # places taken
        self.first: Tensor = self.end - torch.tensor(sizes, device=decoder.embed.device)  # of every row
        self._before = len(held)
        rows, room = len(sizes), self.end + min(answer, ROOM)
        kv_heads, width = decoder.kv_heads, decoder.head_dim
        self.keys = decoder.embed.new_empty((len(decoder.layers), rows, kv_heads, width, room))
        self.values = decoder.embed.new_empty((len(decoder.layers), rows, kv_heads, room, width))
        self.hidden = self._hide_empty()
        if waiting is not None:
            taken = waiting.keys[..., : waiting.end], waiting.values[..., : waiting.end, :]
            self._put(slice(None), slice(len(held)), *taken)

    def _hide_empty(self) -> Tensor | None:
        """What to add to the scores of all places, ``[B, 1, 1, C]``; None where no row's beginning is empty."""
        if not bool(self.first.any()):
            return None
        empty = torch.arange(self.values.shape[3], device=self.first.device)[None] < self.first[:, None]
        mask = torch.zeros(empty.shape, dtype=self.values.dtype, device=empty.device)
        return mask.masked_fill_(empty, float("-inf"))[:, None, None]

    def put(self, layer: int, row: int, keys: Tensor, values: Tensor) -> None:
        """Store a prompt's keys and values ``[KV, T, D]``; ``row`` counts from the first that did not wait."""
        self._put(layer, self._before + row, keys.transpose(1, 2), values)

    def _put(self, layers: int | slice, rows: int | slice, keys: Tensor, values: Tensor) -> None:
        """Keys ``[..., D, T]`` and values ``[..., T, D]`` at the end; what is empty before them must be finite."""
        first = self.end - keys.shape[-1]
        into, beside = self.keys[layers, rows], self.values[layers, rows]
        into[..., :first], into[..., first : self.end] = 0, keys
        beside[..., :first, :], beside[..., first : self.end, :] = 0, values

    def advance(self) -> None:
        """Make room for one more answer token per row."""
        self.end += 1
        if self.end > self.values.shape[3]:
            layers, rows, kv_heads, room, width = self.values.shape
            more = min(room, 4 * ROOM)
            self.keys = torch.cat((self.keys, self.keys.new_empty((layers, rows, kv_heads, width, more))), 4)
            self.values = torch.cat(
                (self.values, self.values.new_empty((layers, rows, kv_heads, more, width))), 3
            )
            self.hidden = self._hide_empty()

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Store the step's key and value ``[B, KV, D]`` and attend: query ``[B, H, D]`` -> ``[B, H * D]``."""
        keys, values, place = self.keys[layer], self.values[layer], self.end - 1
        keys[..., place], values[:, :, place] = key, value
        rows, kv_heads, width = keys.shape[:3]
        asked = (query * width**-0.5).view(rows, kv_heads, -1, width)
        scores = torch.matmul(asked, keys[..., : self.end])
        if self.hidden is not None:
            scores += self.hidden[..., : self.end]
        weights = scores.softmax(-1, torch.float32).to(values.dtype)
        return torch.matmul(weights, values[:, :, : self.end]).view(rows, -1)

    def keep(self, alive: Tensor) -> Tensor:
        """Drop the rows for which ``alive`` ``[B]`` is false; the old rows are returned in their new order."""
        count = int(alive.sum())
        order = torch.arange(count, device=alive.device)
        holes = (~alive[:count]).nonzero()[:, 0]
        moved = order[holes] = count + alive[count:].nonzero()[:, 0]
        if len(moved):
            self.keys[:, holes, ..., : self.end] = self.keys[:, moved, ..., : self.end]
            self.values[:, holes, :, : self.end] = self.values[:, moved, :, : self.end]
        self.first = self.first[order]
        unused = int(self.first.min())
        self.first, self.end = self.first - unused, self.end - unused
        self.keys, self.values = self.keys[:, :count, ..., unused:], self.values[:, :count, :, unused:]
        self.hidden = self._hide_empty()
        return order
