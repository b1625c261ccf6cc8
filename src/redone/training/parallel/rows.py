"""A micro-batch's rows divided between processes."""

from __future__ import annotations

from dataclasses import replace

import torch

from redone.training.packing import PackedBatch
from redone.training.parallel.world import World


def own_rows(batch: PackedBatch, world: World) -> tuple[PackedBatch, float]:
    """Every ``size``-th row with its targets, and a weight of 1.

    A process without a row gets the first one with weight 0: all must take part in every pass, since weights
    are gathered in it.
    """
    count = len(batch.lengths) or batch.ids.shape[0]
    rows = list(range(world.rank, count, world.size))
    return (_rows(batch, rows), 1.0) if rows else (_rows(batch, [0]), 0.0)


def _rows(batch: PackedBatch, rows: list[int]) -> PackedBatch:
    width = batch.ids.shape[1]
    lengths = torch.tensor(batch.lengths or [width] * batch.ids.shape[0])
    starts = lengths.cumsum(0) - lengths
    columns = torch.cat([torch.arange(int(lengths[r])) + int(starts[r]) for r in rows])
    place = torch.full((batch.ids.numel(),), -1)
    place[columns] = torch.arange(len(columns))
    moved = place[batch.origins]
    kept = moved >= 0
    shape = (1, -1) if batch.lengths else (len(rows), -1)
    return replace(
        batch,
        ids=batch.ids.view(-1)[columns].view(shape),
        positions=batch.positions.view(-1)[columns].view(shape),
        ends=batch.ends.view(-1)[columns].view(shape),
        origins=moved[kept],
        targets=batch.targets[kept],
        values={name: value[kept] for name, value in batch.values.items()},
        order=(),
        lengths=tuple(batch.lengths[r] for r in rows) if batch.lengths else (),
    )
