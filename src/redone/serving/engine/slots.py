"""Keys and values of the running batch: rows of different length that stand side by side without holes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
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

    def turn(self, tokens: Sequence[int], tails: Sequence[Sequence[int]], starts: Sequence[int]) -> Tensor:
        """Feed one token to each live row and read prompts into new rows behind them, in one pass.

        ``tails`` are the prompts from ``starts`` on, what stands before being in the rows already. The new rows
        are live afterwards. Returns the next logits ``[rows + tails, V]``.
        """
        count, lengths = self.count, [s + len(t) for s, t in zip(starts, tails, strict=True)]
        ends = list(range(count))
        for tail in tails:
            ends.append((ends[-1] if ends else -1) + len(tail))
        parts: list[_Stepping | _Reading] = [_Stepping(self)] if count else []
        if tails:
            self.make_room(count + len(tails), max(lengths))
            parts.append(_Reading(self, [len(tail) for tail in tails], starts, count))
        ids = [*tokens, *(token for tail in tails for token in tail)]
        hidden = self._layers(ids, parts, torch.tensor(ends, device=self.keys.device) if tails else None)
        self.lengths = [length + 1 for length in self.lengths] + lengths
        return self.decoder.logits(hidden)

    def read(
        self, tails: Sequence[Sequence[int]], starts: Sequence[int], first: int, *, last_only: bool = False
    ) -> Tensor:
        """Read tokens into rows ``first..``, each after the ``starts`` tokens that its row holds already.

        Returns hidden states ``[rows, T, hidden]``, padded on the right, or ``[rows, hidden]`` of the last
        tokens. The rows do not become live.
        """
        self.make_room(first + len(tails), max(s + len(t) for s, t in zip(starts, tails, strict=True)))
        part = _Reading(self, [len(tail) for tail in tails], starts, first)
        hidden = self._layers([t for tail in tails for t in tail], [part], part.ends if last_only else None)
        return hidden if last_only else part.padded(hidden)

    def _layers(
        self, ids: Sequence[int], parts: Sequence[_Stepping | _Reading], ends: Tensor | None
    ) -> Tensor:
        """Hidden states of the tokens ``ids``, those of one part after the other's; with ``ends`` of these alone.

        Products with weights run over the tokens of all parts together, without padding; only attention is
        each part's own.
        """
        decoder = self.decoder
        rows, places = (torch.cat(x) for x in zip(*((p.rows, p.places) for p in parts), strict=True))
        turns = (self.cos[places][:, None], self.sin[places][:, None])
        sizes = [len(part.rows) for part in parts]
        hidden = decoder.embed[torch.tensor(ids, device=decoder.embed.device)]
        for number, layer in enumerate(decoder.layers):
            query, key, value = decoder.project(layer, hidden, turns)
            keys, values = self.keys[number], self.values[number]
            keys[rows, :, places], values[rows, :, places] = key, value
            mixed = [
                part.attend(own, keys, values)
                for part, own in zip(parts, query.split_with_sizes(sizes), strict=True)
            ]
            joined = mixed[0] if len(mixed) == 1 else torch.cat(mixed)
            if ends is not None and number + 1 == len(decoder.layers):
                hidden, joined = hidden[ends], joined[ends]  # nothing looks at the other tokens any more
            hidden = decoder.finish(layer, hidden, joined)
        return hidden

    def drop(self, row: int) -> None:
        """Forget a row; the last one takes its place."""
        last = self.count - 1
        if row != last:
            length = self.lengths[last]
            self.keys[:, row, :, :length] = self.keys[:, last, :, :length]
            self.values[:, row, :, :length] = self.values[:, last, :, :length]
            self.lengths[row] = self.lengths[last]
        self.lengths.pop()


class _Stepping:
    """Attention of one token in each of the live rows."""

    def __init__(self, slots: Slots) -> None:
        device = slots.keys.device
        self.rows = torch.arange(slots.count, device=device)
        self.places = torch.tensor(slots.lengths, device=device)
        self.reach = max(slots.lengths) + 1
        self.mask = None
        if min(slots.lengths) + 1 < self.reach:
            seen = torch.arange(self.reach, device=device) <= self.places[:, None]
            self.mask = _additive(seen, slots.keys.dtype)[:, None, None]

    def attend(self, query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Query ``[R, H, D]`` -> ``[R, H * D]``; heads that share keys stand as if they were tokens."""
        count, _, size = query.shape
        keys, values = keys[:count, :, : self.reach], values[:count, :, : self.reach]
        folded = query.view(count, keys.shape[1], -1, size)
        return F.scaled_dot_product_attention(folded, keys, values, self.mask).reshape(count, -1)


class _Reading:
    """Attention of several tokens in each of some rows; nobody looks ahead."""

    def __init__(self, slots: Slots, sizes: Sequence[int], starts: Sequence[int], first: int) -> None:
        device = slots.keys.device
        self.span = max(sizes)
        self.reach = max(start + size for start, size in zip(starts, sizes, strict=True))
        self.block = slice(first, first + len(sizes))
        counts, begins = torch.tensor(sizes, device=device), torch.tensor(starts, device=device)
        self.ends = counts.cumsum(0) - 1
        self.cells = torch.repeat_interleave(torch.arange(len(sizes), device=device), counts)
        self.columns = torch.arange(sum(sizes), device=device) - (self.ends + 1 - counts)[self.cells]
        self.rows = self.cells + first
        self.places = begins[self.cells] + self.columns
        wanted = begins[:, None] + torch.arange(self.span, device=device)
        seen = torch.arange(self.reach, device=device) <= wanted[:, :, None]
        self.mask = _additive(seen, slots.keys.dtype)[:, None]

    def attend(self, query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Query ``[N, H, D]`` -> ``[N, H * D]``."""
        keys, values = keys[self.block, :, : self.reach], values[self.block, :, : self.reach]
        mixed = F.scaled_dot_product_attention(
            self.padded(query).transpose(1, 2), keys, values, self.mask, enable_gqa=True
        )
        return mixed.transpose(1, 2)[self.cells, self.columns].flatten(1)

    def padded(self, tokens: Tensor) -> Tensor:
        """Tokens ``[N, ...]`` as ``[rows, T, ...]``, zeros on the right."""
        count = self.block.stop - self.block.start
        whole = tokens.new_zeros((count, self.span, *tokens.shape[1:]))
        whole[self.cells, self.columns] = tokens
        return whole


def _additive(seen: Tensor, dtype: torch.dtype) -> Tensor:
    """What to add to scores: nothing where ``seen``, minus infinity elsewhere."""
    mask = torch.zeros(seen.shape, dtype=dtype, device=seen.device)
    return mask.masked_fill_(~seen, float("-inf"))
