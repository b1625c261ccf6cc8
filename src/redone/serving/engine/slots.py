"""Keys and values of the running batch: rows of different length that stand side by side without holes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from redone.model.decoder import Decoder

FIRST_ROWS = 8
FIRST_SPAN = 128


class Slots:
    """Rows ``0..count`` hold live answers; tensors are ``[layers, rows, KV, span, D]``.

    They grow by doubling and are kept: memory is flat once the largest batch has been seen.
    """

    def __init__(self, decoder: Decoder, context: int) -> None:
        self.decoder = decoder
        self.context = context
        self.cos, self.sin = decoder.rope_table(context)
        self.lengths: list[int] = []
        shape = (
            len(decoder.layers),
            FIRST_ROWS,
            decoder.kv_heads,
            min(FIRST_SPAN, context),
            decoder.head_dim,
        )
        # Zeros, since a row's masked places are multiplied before they are masked, and NaN would stay NaN.
        self.keys = decoder.embed.new_zeros(shape)
        self.values = decoder.embed.new_zeros(shape)

    @property
    def count(self) -> int:
        """Live rows."""
        return len(self.lengths)

    def make_room(self, rows: int, span: int) -> None:
        """Have place for ``rows`` rows of ``span`` tokens."""
        layers, had_rows, kv_heads, had_span, size = self.keys.shape
        want_rows, want_span = had_rows, had_span
        while want_rows < rows:
            want_rows *= 2
        while want_span < span:
            want_span *= 2
        if (want_rows, want_span) == (had_rows, had_span):
            return
        for name in ("keys", "values"):
            held: Tensor = getattr(self, name)
            larger = held.new_zeros((layers, want_rows, kv_heads, want_span, size))
            larger[:, :had_rows, :, :had_span] = held
            setattr(self, name, larger)

    def read(self, tails: Sequence[Sequence[int]], starts: Sequence[int], first: int) -> Tensor:
        """Read tokens into rows ``first..``, each after the ``starts`` tokens that its row holds already.

        Returns the hidden states ``[rows, T, hidden]`` of all tails, padded on the right. Lengths of the
        rows are the caller's to set.
        """
        decoder, count = self.decoder, len(tails)
        span = max(len(tail) for tail in tails)
        device = decoder.embed.device
        ids = torch.tensor([list(t) + [0] * (span - len(t)) for t in tails], device=device)
        places = torch.tensor(starts, device=device)[:, None] + torch.arange(span, device=device)
        reach = max(starts) + span
        self.make_room(first + count, reach)
        rows = slice(first, first + count)
        cells = torch.arange(first, first + count, device=device)[:, None]
        turned = places.view(-1).clamp(max=self.context - 1)  # padding may lie beyond the context
        turns = (self.cos[turned][:, None], self.sin[turned][:, None])
        seen = torch.arange(reach, device=device) <= places[:, :, None]  # [rows, T, reach]
        mask = torch.zeros(seen.shape, dtype=self.keys.dtype, device=device)
        mask = mask.masked_fill_(~seen, float("-inf"))[:, None, None]
        hidden = decoder.embed[ids.view(-1)]
        at_start = not any(starts)
        for place, layer in enumerate(decoder.layers):
            query, key, value = decoder.project(layer, hidden, turns)
            keys, values = self.keys[place], self.values[place]
            shape = (count, span, decoder.kv_heads, decoder.head_dim)
            if at_start:
                keys[rows, :, :span] = key.view(shape).transpose(1, 2)
                values[rows, :, :span] = value.view(shape).transpose(1, 2)
            else:
                keys[cells, :, places] = key.view(shape)
                values[cells, :, places] = value.view(shape)
            mixed = self._attend(query, keys[rows, :, :reach], values[rows, :, :reach], mask)
            hidden = decoder.finish(layer, hidden, mixed)
        return hidden.view(count, span, -1)

    def step(self, tokens: Sequence[int]) -> Tensor:
        """Feed one token per live row; returns the next logits ``[R, V]``."""
        decoder, count = self.decoder, self.count
        device = decoder.embed.device
        hidden = decoder.embed[torch.tensor(tokens, device=device)]
        at = torch.tensor(self.lengths, device=device)
        cells = torch.arange(count, device=device)
        reach = max(self.lengths) + 1
        mask = None
        if min(self.lengths) + 1 < reach:
            beyond = torch.arange(reach, device=device) > at[:, None]
            mask = torch.zeros(beyond.shape, dtype=self.keys.dtype, device=device)
            mask = mask.masked_fill_(beyond, float("-inf"))[:, None, None, None]
        turns = (self.cos[at][:, None], self.sin[at][:, None])
        for place, layer in enumerate(decoder.layers):
            query, key, value = decoder.project(layer, hidden, turns)
            keys, values = self.keys[place], self.values[place]
            keys[cells, :, at], values[cells, :, at] = key, value
            mixed = self._attend(query, keys[:count, :, :reach], values[:count, :, :reach], mask)
            hidden = decoder.finish(layer, hidden, mixed)
        self.lengths = [length + 1 for length in self.lengths]
        return decoder.logits(hidden)

    def _attend(self, query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None) -> Tensor:
        """Query ``[rows * T, H, D]`` over keys ``[rows, KV, S, D]`` -> ``[rows * T, H * D]``."""
        rows, kv_heads, _, size = keys.shape
        repeat = self.decoder.heads // kv_heads
        span = query.shape[0] // rows
        query = (query * size**-0.5).view(rows, span, kv_heads, repeat, size)
        query = query.permute(0, 2, 3, 1, 4).reshape(rows, kv_heads, repeat * span, size)
        scores = torch.matmul(query, keys.transpose(2, 3))
        if mask is not None:
            scores = (scores.view(rows, kv_heads, repeat, span, -1) + mask).view(scores.shape)
        weights = scores.softmax(-1, torch.float32).to(query.dtype)
        mixed = torch.matmul(weights, values).view(rows, kv_heads, repeat, span, size)
        return mixed.permute(0, 3, 1, 2, 4).reshape(rows * span, kv_heads * repeat * size)

    def drop(self, row: int) -> None:
        """Forget a row; the last one takes its place."""
        last = self.count - 1
        if row != last:
            length = self.lengths[last]
            self.keys[:, row, :, :length] = self.keys[:, last, :, :length]
            self.values[:, row, :, :length] = self.values[:, last, :, :length]
            self.lengths[row] = self.lengths[last]
        self.lengths.pop()
