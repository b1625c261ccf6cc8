"""Reading prompts after a prefix that they share: without padding, a few hundred tokens at a time.

So much at once that every weight is used often, and so little that what a layer makes of it stays in the processor's
caches: with sixteen times more, the activations alone cost as much as their products with weights. oneDNN writes a
kernel for every new number of rows, which can cost more than the product, so numbers are rounded up there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import torch
import torch.nn.functional as F
from torch import Tensor

from redone.model.decoder import Decoder, Rope
from redone.model.draws import Words
from redone.model.passes import prefill
from redone.model.prefix_groups import PrefixGroup
from redone.model.row_attention import attend_blocks, attend_fused, attend_last, rounded
from redone.model.row_cache import RowCache
from redone.model.row_drawing import ReadRows

READ_TOKENS = {"cpu": 512}
GPU_READ_TOKENS = 65_536
ROW_STEP = 16
"""Rows that oneDNN multiplies are a multiple of this: few enough kernels, and 2 % more rows of 400."""

Prefix = tuple[Tensor, Tensor]
"""Keys and values ``[layers, KV, P, D]``."""


@dataclass(frozen=True, slots=True)
class Row:
    """A prompt's place and the group whose prefix it begins with."""

    place: int
    group: PrefixGroup


@dataclass(frozen=True, slots=True)
class _Part:
    """Prompts that are read together: what follows their prefix, and the cache's row of the first."""

    suffixes: list[Sequence[int]]
    first: int
    start: int  # tokens of the prefix; its tensors may begin with zeros
    prefix: Prefix

    @property
    def sizes(self) -> list[int]:
        """How many tokens follow the prefix in each prompt."""
        return [len(suffix) for suffix in self.suffixes]


class PromptReader:
    """Reads prompts into a cache of rows, and keeps prefixes of up to ``held`` tokens for the next ones."""

    def __init__(self, decoder: Decoder, prompts: Sequence[Sequence[int]], rope: Rope, held: int) -> None:
        self.decoder, self.prompts, self.rope = decoder, prompts, rope
        self.device = decoder.embed.device
        self._most = READ_TOKENS.get(self.device.type, GPU_READ_TOKENS)
        self._blocks = decoder.head[0].is_mkldnn
        self.step = ROW_STEP if self._blocks else 1
        self._room = held
        self._prefixes: dict[PrefixGroup, Prefix] = {}
        self._tokens = 0

    def begin(
        self, rows: Sequence[Row], keys: Words, answer: int, waiting: RowCache | None = None
    ) -> ReadRows:
        """Read the prompts of ``rows``, with room for ``answer`` tokens each; ``keys`` are the rows' own.

        The rows of ``waiting`` stand before them in the cache that comes back.
        """
        lengths = [len(self.prompts[row.place]) for row in rows]
        cache = RowCache(self.decoder, lengths, answer, waiting)
        last = torch.cat([self._read(part, cache) for part in self._parts(rows)])
        at = torch.tensor(lengths, device=self.device)
        places = [row.place for row in rows]
        return ReadRows(places=places, keys=keys, logits=self.decoder.logits(last), at=at, cache=cache)

    def taken_tokens(self) -> int:
        """Return how many tokens were read since this was last asked."""
        taken, self._tokens = self._tokens, 0
        return taken

    def _parts(self, rows: Sequence[Row]) -> Iterator[_Part]:
        """Cut rows into parts of one group each, within the number of tokens that is read at once."""
        for group, members in groupby(range(len(rows)), key=lambda at: rows[at].group):
            prompts = {at: self.prompts[rows[at].place] for at in members}
            prefix = self._prefix(group, next(iter(prompts.values())))
            held: dict[int, Sequence[int]] = {}
            for at, prompt in prompts.items():
                suffix = prompt[group.prefix :]
                if held and sum(map(len, held.values())) + len(suffix) > self._most:
                    yield _Part(list(held.values()), min(held), group.prefix, prefix)
                    held = {}
                held[at] = suffix
            yield _Part(list(held.values()), min(held), group.prefix, prefix)

    def _prefix(self, group: PrefixGroup, prompt: Sequence[int]) -> Prefix:
        found = self._prefixes.get(group)
        if found is None:
            if sum(other.prefix for other in self._prefixes) + group.prefix > self._room:
                self._prefixes.clear()
            found = self._prefixes[group] = self._read_prefix(prompt[: group.prefix])
        return found

    def _read_prefix(self, ids: Sequence[int]) -> Prefix:
        decoder = self.decoder
        if not ids:
            shape = (len(decoder.layers), decoder.kv_heads, 0, decoder.head_dim)
            return decoder.embed.new_empty(shape), decoder.embed.new_empty(shape)
        self._tokens += len(ids)
        lengths = torch.tensor([len(ids)], device=self.device)
        _, (keys, values) = prefill(decoder, [ids], lengths, decoder.rope_table(len(ids)))
        front = (0, 0, rounded(len(ids)) - len(ids) if self._blocks else 0, 0)
        return F.pad(keys[:, 0], front), F.pad(values[:, 0], front)

    def _read(self, part: _Part, cache: RowCache) -> Tensor:
        """Put the part's keys and values into the cache; return the hidden states of the last tokens."""
        decoder, sizes = self.decoder, part.sizes
        spare = -sum(sizes) % self.step
        self._tokens += sum(sizes) + spare
        tokens = [token for suffix in part.suffixes for token in suffix]
        ids = torch.tensor(tokens + [0] * spare, device=self.device)
        steps = [torch.arange(size, device=self.device) for size in (*sizes, spare)]
        at = torch.cat(steps) + part.start
        turns = (self.rope[0][at][:, None], self.rope[1][at][:, None])
        hidden = decoder.embed[ids]
        ends = torch.tensor(sizes, device=self.device).cumsum(0) - 1
        for place, layer in enumerate(decoder.layers):
            attended = self._attend(place, part, decoder.project(layer, hidden, turns), cache)
            if place + 1 == len(decoder.layers):
                hidden, attended = hidden[ends], attended[ends]
            hidden = decoder.finish(layer, hidden, attended)
        return hidden

    def _attend(
        self, layer: int, part: _Part, made: tuple[Tensor, Tensor, Tensor], cache: RowCache
    ) -> Tensor:
        """Attention of all tokens; in the last layer of each prompt's last one: nothing looks at the others there."""
        last = layer + 1 == len(self.decoder.layers)
        front, rows = part.prefix[0].shape[2] - part.start, sum(part.sizes)
        query, key, value = made
        attended = query.new_empty((query.shape[0], query.shape[1] * query.shape[2]))
        attended[rows:] = 0  # spare ones
        split = [torch.split(each[:rows], part.sizes) for each in (query, key, value, attended)]
        for row, (asked, own_keys, own_values, into) in enumerate(zip(*split, strict=True)):
            keys = self._joined(part.prefix[0][layer], own_keys)
            values = self._joined(part.prefix[1][layer], own_values)
            real = slice(front, front + part.start + len(asked))
            cache.put(layer, part.first + row, keys[:, real], values[:, real])
            if last:
                into[-1] = attend_last(asked[-1], keys[:, real], values[:, real])
            elif self._blocks:
                attend_blocks(asked, keys, values, into, front)
            else:
                into[:] = attend_fused(asked, keys, values)
        return attended

    def _joined(self, prefix: Tensor, own: Tensor) -> Tensor:
        """The prefix and what follows it, with the zeros that attention by blocks asks for at the end."""
        parts = [prefix, own.transpose(0, 1)]
        if self._blocks:
            size = own.shape[0]
            parts.append(prefix.new_zeros((prefix.shape[0], rounded(size) - size, prefix.shape[2])))
        return torch.cat(parts, 1)
