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

    def read(
        self, tails: Sequence[Sequence[int]], starts: Sequence[int], first: int, *, last_only: bool = False
    ) -> Tensor:
        """Read tokens into rows ``first..``, each after the ``starts`` tokens that its row holds already.

        Matrix products run over the real tokens alone; only attention is padded. Returns hidden states
        ``[rows, T, hidden]``, padded on the right, or ``[rows, hidden]`` of the last tokens. Lengths of the
        rows are the caller's to set.
        """
        decoder, count = self.decoder, len(tails)
        device = decoder.embed.device
        span = max(len(tail) for tail in tails)
        reach = max(starts) + span
        self.make_room(first + count, reach)
        sizes = torch.tensor([len(tail) for tail in tails], device=device)
        columns = torch.cat([torch.arange(len(tail), device=device) for tail in tails])
        rows = torch.repeat_interleave(torch.arange(count, device=device), sizes)
        begins = torch.tensor(starts, device=device)
        places = begins[rows] + columns
        turns = (self.cos[places][:, None], self.sin[places][:, None])
        mask = self._reading_mask(begins, span, reach)
        hidden = decoder.embed[torch.tensor([token for tail in tails for token in tail], device=device)]
        ends = sizes.cumsum(0) - 1
        block = slice(first, first + count)
        for place, layer in enumerate(decoder.layers):
            query, key, value = decoder.project(layer, hidden, turns)
            keys, values = self.keys[place], self.values[place]
            keys[rows + first, :, places], values[rows + first, :, places] = key, value
            padded = query.new_zeros((count, span, *query.shape[1:]))
            padded[rows, columns] = query
            mixed = self._attend(padded.flatten(0, 1), keys[block, :, :reach], values[block, :, :reach], mask)
            mixed = mixed.view(count, span, -1)[rows, columns]
            if last_only and place + 1 == len(decoder.layers):  # nothing looks at the other tokens any more
                hidden, mixed = hidden[ends], mixed[ends]
            hidden = decoder.finish(layer, hidden, mixed)
        if last_only:
            return hidden
        whole = hidden.new_zeros((count, span, hidden.shape[-1]))
        whole[rows, columns] = hidden
        return whole

    def _reading_mask(self, begins: Tensor, span: int, reach: int) -> Tensor:
        """What to add to the scores of ``[rows, 1, 1, T, reach]``: nobody looks ahead."""
        device = begins.device
        places = begins[:, None] + torch.arange(span, device=device)
        seen = torch.arange(reach, device=device) <= places[:, :, None]
        mask = torch.zeros(seen.shape, dtype=self.keys.dtype, device=device)
        return mask.masked_fill_(~seen, float("-inf"))[:, None, None]

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
