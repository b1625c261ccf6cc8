"""Keys and values of the running batch: rows of different length that stand side by side without holes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from redone.serving.engine.attending import Reading, Stepping, readings
from redone.serving.engine.layers import FEW_ROWS, Layers

FIRST_ROWS = 8
FIRST_SPAN = 128


class Slots:
    """Rows ``0..count`` hold live answers.

    The cache is ``[layers, rows, span, 2, KV, D]``, so that a token's key and value are written in one piece;
    ``keys`` and ``values`` are views of it, ``[layers, rows, KV, span, D]``. It grows by doubling and is kept: memory
    is flat once the largest batch has been seen.
    """

    def __init__(self, layers: Layers, context: int) -> None:
        self.layers = layers
        decoder = layers.decoder
        self.cos, self.sin = decoder.rope_table(context)
        self.lengths: list[int] = []
        shape = (len(decoder.layers), FIRST_ROWS, min(FIRST_SPAN, context), 2, decoder.kv_heads)
        # Zeros, since a row's masked places are multiplied before they are masked, and NaN would stay NaN.
        self.cache = decoder.embed.new_zeros((*shape, decoder.head_dim))

    @property
    def keys(self) -> Tensor:
        """Keys of all layers and rows, to be written as well."""
        return self.cache[:, :, :, 0].transpose(2, 3)

    @property
    def values(self) -> Tensor:
        """Values of all layers and rows, to be written as well."""
        return self.cache[:, :, :, 1].transpose(2, 3)

    @property
    def count(self) -> int:
        """Live rows."""
        return len(self.lengths)

    def make_room(self, rows: int, span: int) -> None:
        """Have place for ``rows`` rows of ``span`` tokens."""
        layers, had_rows, had_span, *rest = self.cache.shape
        want_rows, want_span = had_rows, had_span
        while want_rows < rows:
            want_rows *= 2
        while want_span < span:
            want_span *= 2
        if (want_rows, want_span) != (had_rows, had_span):
            larger = self.cache.new_zeros((layers, want_rows, want_span, *rest))
            larger[:, :had_rows, :had_span] = self.cache
            self.cache = larger

    def turn(self, tokens: Sequence[int], tails: Sequence[Sequence[int]], starts: Sequence[int]) -> Tensor:
        """Feed one token to each live row and read prompts into new rows behind them, in one pass.

        ``tails`` are the prompts from ``starts`` on, what stands before being in the rows already; neighbours of
        like size are read with less waste. The new rows are live afterwards. Returns the next logits
        ``[rows + tails, V]``.
        """
        sizes = [len(tail) for tail in tails]
        if tails:
            self.make_room(self.count + len(tails), max(s + n for s, n in zip(starts, sizes, strict=True)))
        places = _Places([1] * self.count + sizes, [*self.lengths, *starts], 0, self.cache)
        parts: list[Stepping | Reading] = [Stepping(self.lengths, 0, self.cache)] if self.count else []
        if tails:
            parts += readings(sizes, starts, self.count, self.cache)
        ids = [*tokens, *(token for tail in tails for token in tail)]
        hidden = self._layers(ids, places, parts, last_only=True)
        self.lengths = places.held
        return self.layers.logits(hidden)[: self.count]

    def read(
        self, tails: Sequence[Sequence[int]], starts: Sequence[int], first: int, *, last_only: bool = False
    ) -> Tensor:
        """Read tokens into rows ``first..``, each after the ``starts`` tokens that its row holds already.

        Returns hidden states of all tokens, tail after tail ``[N, hidden]``, or of the tails' last ones
        ``[tails, hidden]``. The rows do not become live.
        """
        sizes = [len(tail) for tail in tails]
        self.make_room(first + len(tails), max(s + n for s, n in zip(starts, sizes, strict=True)))
        places = _Places(sizes, starts, first, self.cache)
        parts = readings(sizes, starts, first, self.cache)
        ids = [token for tail in tails for token in tail]
        return self._layers(ids, places, parts, last_only=last_only)[: len(tails) if last_only else len(ids)]

    def _layers(
        self, ids: Sequence[int], places: _Places, parts: Sequence[Stepping | Reading], *, last_only: bool
    ) -> Tensor:
        """Hidden states of the tokens ``ids``, those of one part after the other's, or of each row's last one.

        Products with weights run over the tokens of all parts together, without padding; only attention is
        each part's own. Behind what was asked for stand rows that mean nothing (see ``_spare``).
        """
        embed, count = self.layers.decoder.embed, len(ids)
        spare = self._spare(count)
        sizes = [*(part.num_tokens for part in parts), spare]
        at = F.pad(places.at, (0, spare))
        turns = (self._turned(self.cos, at), self._turned(self.sin, at))
        hidden = embed.index_select(0, torch.tensor([*ids, *[0] * spare], device=embed.device))
        for number, cache in enumerate(self.cache):
            query, new = self.layers.project(number, hidden, turns)
            rows = cache.flatten(0, 1).flatten(1)
            rows.index_copy_(0, places.cells, new[:count].flatten(1))
            if last_only and number + 1 == len(self.cache):  # nothing looks at the other tokens any more
                ends = F.pad(places.ends, (0, self._spare(len(places.ends))))
                hidden, query = hidden.index_select(0, ends), query.index_select(0, ends)
                sizes = [len(places.held), len(ends) - len(places.held)]
                parts = [Stepping([held - 1 for held in places.held], places.first, cache)]
            keys, values = cache.transpose(1, 3).unbind(2)
            mixed = [
                part.attend(own, keys, values)
                for part, own in zip(parts, query.split_with_sizes(sizes), strict=False)
            ]
            if sizes[-1]:
                mixed.append(hidden.new_zeros(sizes[-1], mixed[0].shape[1]))
            hidden = self.layers.finish(number, hidden, mixed[0] if len(mixed) == 1 else torch.cat(mixed))
        return hidden

    def _turned(self, table: Tensor, at: Tensor) -> Tensor:
        """Angles ``[N, H + KV, D]``: laid out for every head once, since every layer multiplies by them."""
        heads = self.layers.decoder.heads + self.layers.decoder.kv_heads
        return table.index_select(0, at)[:, None].expand(-1, heads, -1).contiguous()

    def _spare(self, count: int) -> int:
        """Rows that are added to ``count``: oneDNN writes a kernel for every new number of rows, and keeps 1,024."""
        if not self.layers.padded or count <= FEW_ROWS:
            return 0
        return -count % (4 if count <= 64 else 16 if count <= 1024 else 64)

    def drop(self, row: int) -> None:
        """Forget a row; the last one takes its place."""
        last = self.count - 1
        if row != last:
            length = self.lengths[last]
            self.cache[:, row, :length] = self.cache[:, last, :length]
            self.lengths[row] = self.lengths[last]
        self.lengths.pop()


class _Places:
    """Where the tokens of one pass stand: ``sizes`` of them in each row from ``first`` on, after ``starts``."""

    def __init__(self, sizes: Sequence[int], starts: Sequence[int], first: int, cache: Tensor) -> None:
        span, device = cache.shape[2], cache.device
        self.first = first
        self.held = [start + size for start, size in zip(starts, sizes, strict=True)]
        counts = torch.tensor(sizes, device=device)
        ends = counts.cumsum(0)
        self.ends = ends - 1
        """The last token of each row."""
        rows = torch.repeat_interleave(torch.arange(len(sizes), device=device), counts)
        shift = torch.tensor(starts, device=device) + counts - ends
        self.at = torch.arange(len(rows), device=device) + shift[rows]
        """Positions of the tokens ``[N]``."""
        self.cells = (rows + first) * span + self.at
        """Where a layer's cache, seen as ``[rows * span, 2 KV D]``, takes them ``[N]``."""
