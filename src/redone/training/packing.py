"""Documents into rows by first fit, rows into micro-batches, without attention across documents."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from redone.model.spans import Spans
from redone.training.documents import Document

Layout = Literal["rows", "flat"]


@dataclass(frozen=True, slots=True)
class PackedBatch:
    """A micro-batch of R rows of T columns with N targets.

    ``ids``, ``positions``: [R, T]. ``ends``: [R, T], see ``documents``; a padding column is seen only by
    itself. ``origins``: [N] flat index (row * T + column) of the hidden state that predicts the target;
    ``targets``: [N]. ``values``: per-target float32 tensors by name. ``order``: the documents' numbers in the
    order of the targets. ``lengths``: in the flat layout R is 1 and the rows of these lengths stand one after
    the other, without padding.
    """

    ids: Tensor
    positions: Tensor
    ends: Tensor
    origins: Tensor
    targets: Tensor
    values: Mapping[str, Tensor]
    order: tuple[int, ...]
    lengths: tuple[int, ...] = ()

    def spans(self, dtype: torch.dtype) -> Spans:
        """The rows of the flat layout with their masks."""
        masks = []
        for ends in torch.split(self.ends[0], list(self.lengths)):
            columns = torch.arange(len(ends), device=ends.device)
            seen = (columns[:, None] >= columns[None, :]) & (columns[:, None] < ends[None, :])
            hidden = torch.zeros(seen.shape, dtype=dtype, device=ends.device)
            masks.append(hidden.masked_fill_(~seen, torch.finfo(dtype).min))
        return Spans(self.lengths, masks)

    def mask(self, dtype: torch.dtype) -> Tensor:
        """The additive mask, [R, 1, T, T]: 0 where the query may look, the dtype's minimum elsewhere.

        Shape [1, 1, T, T] when every row is one padded sequence: then causality alone is exact, since columns
        after the end of a row's only document are padding that nobody reads.
        """
        columns = torch.arange(self.ids.shape[1], device=self.ids.device)
        visible = columns[None, :, None] >= columns[None, None, :]
        if not self._one_chain_per_row():
            visible = visible & (columns[None, :, None] < self.ends[:, None, :])
        hidden = torch.zeros(visible.shape, dtype=dtype, device=self.ids.device)
        return hidden.masked_fill_(~visible, torch.finfo(dtype).min)[:, None]

    def block_mask(self) -> Any:
        """The rows layout's mask for flex attention, which skips blocks that are hidden throughout."""
        from torch.nn.attention.flex_attention import create_block_mask

        rows, width = self.ids.shape
        return create_block_mask(self.visible(), rows, None, width, width, device=self.ids.device)

    def visible(self) -> Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]:
        """Whether a column of a row may look at another; a plain function, since flex attention refuses methods."""
        ends = self.ends

        def seen(row: Tensor, head: Tensor, query: Tensor, key: Tensor) -> Tensor:
            return (query >= key) & (query < ends[row, key])

        return seen

    def to(self, device: torch.device) -> PackedBatch:
        """The same batch on another device."""
        if self.ids.device == device:
            return self
        return PackedBatch(
            ids=self.ids.to(device),
            positions=self.positions.to(device),
            ends=self.ends.to(device),
            origins=self.origins.to(device),
            targets=self.targets.to(device),
            values={name: value.to(device) for name, value in self.values.items()},
            order=self.order,
            lengths=self.lengths,
        )

    def _one_chain_per_row(self) -> bool:
        columns = torch.arange(self.ids.shape[1], device=self.ids.device)
        inside = self.ends > columns + 1
        return bool(((self.ends == self.ends[:, :1]) | ~inside).all()) and bool(
            (self.positions == columns).all()
        )


def pack_rows(lengths: Sequence[int], capacity: int) -> list[list[int]]:
    """Indices of each row: as few rows as first fit decreasing finds, filled evenly where that fits.

    A row is at most ``capacity`` columns long; something longer gets a row of its own and nothing is cut.
    Even rows waste the fewest slots, since all rows of a batch are as wide as its longest. Equal lengths
    keep their order, so the result depends on the input alone.
    """
    order = sorted(range(len(lengths)), key=lambda index: -lengths[index])
    tight = _first_fit(lengths, order, capacity)
    even = _least_filled(lengths, order, len(tight))
    fits = all(len(row) == 1 or sum(lengths[index] for index in row) <= capacity for row in even)
    return even if fits else tight


def _first_fit(lengths: Sequence[int], order: Sequence[int], capacity: int) -> list[list[int]]:
    rows: list[list[int]] = []
    room: list[int] = []
    for index in order:
        place = next((row for row, free in enumerate(room) if free >= lengths[index]), len(rows))
        if place == len(rows):
            rows.append([])
            room.append(capacity)
        rows[place].append(index)
        room[place] -= lengths[index]
    return rows


def _least_filled(lengths: Sequence[int], order: Sequence[int], count: int) -> list[list[int]]:
    rows: list[list[int]] = [[] for _ in range(count)]
    heap = [(0, row) for row in range(count)]
    for index in order:
        filled, row = heapq.heappop(heap)
        rows[row].append(index)
        heapq.heappush(heap, (filled + lengths[index], row))
    return rows


def pack(
    documents: Sequence[Document], *, row_tokens: int, batch_tokens: int, layout: Layout = "rows"
) -> list[PackedBatch]:
    """Micro-batches that hold every document once.

    ``row_tokens`` is the capacity of a row (attention costs its square), ``batch_tokens`` the most slots
    (rows times longest row) of one micro-batch, for memory. A row of its own size is used for anything
    longer. Rows go longest first, so rows of one micro-batch have about the same length. ``layout`` "flat"
    puts rows one after the other instead of padding them to the longest.
    """
    lengths = [len(document.ids) for document in documents]
    rows = pack_rows(lengths, max(row_tokens, 1))
    sizes = [sum(lengths[index] for index in row) for row in rows]
    batches: list[PackedBatch] = []
    current: list[int] = []
    for row in sorted(range(len(rows)), key=lambda index: -sizes[index]):
        slots = sizes[current[0]] * (len(current) + 1) if current else 0
        if layout == "flat":
            slots = sum(sizes[index] for index in current) + sizes[row]
        if current and slots > batch_tokens:
            batches.append(_collate(documents, [rows[index] for index in current], layout))
            current = []
        current.append(row)
    if current:
        batches.append(_collate(documents, [rows[index] for index in current], layout))
    return batches


def _collate(documents: Sequence[Document], rows: Sequence[Sequence[int]], layout: Layout) -> PackedBatch:
    lengths = tuple(sum(len(documents[index].ids) for index in row) for row in rows)
    if layout == "flat":
        # One row as wide as all of them; `ends` stay counted from the start of each one's own.
        whole = _laid_out(documents, [[index for row in rows for index in row]])
        starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
        return replace(whole, ends=whole.ends - torch.from_numpy(starts), lengths=lengths)
    return _laid_out(documents, rows)


def _laid_out(documents: Sequence[Document], rows: Sequence[Sequence[int]]) -> PackedBatch:
    width = max(sum(len(documents[index].ids) for index in row) for row in rows)
    ids = np.zeros((len(rows), width), dtype=np.int64)
    positions = np.tile(np.arange(width, dtype=np.int64), (len(rows), 1))
    ends = np.tile(np.arange(1, width + 1, dtype=np.int64), (len(rows), 1))
    origins, placed = [], []
    for number, row in enumerate(rows):
        start = 0
        for index in row:
            document = documents[index]
            stop = start + len(document.ids)
            ids[number, start:stop] = document.ids
            positions[number, start:stop] = document.positions
            ends[number, start:stop] = document.ends + start
            origins.append(document.origins + (number * width + start))
            placed.append(document)
            start = stop
    return PackedBatch(
        ids=torch.from_numpy(ids),
        positions=torch.from_numpy(positions),
        ends=torch.from_numpy(ends),
        origins=torch.from_numpy(np.concatenate(origins)),
        targets=torch.from_numpy(np.concatenate([document.targets for document in placed])),
        values={
            name: torch.from_numpy(np.concatenate([document.values[name] for document in placed]))
            for name in placed[0].values
        },
        order=tuple(index for row in rows for index in row),
    )
