"""Examples of one task from the simulated platform, without a run."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from redone.records import Example
from redone.sources.simulator import WorldSettings, make_world, stream
from redone.tasks import BuildSettings, build_examples, build_general, get

BLOCKS = 50
"""Blocks of users searched for examples."""


def examples(task_id: str, seed: int) -> Iterator[Example]:
    """Yield training examples of a task in the world ``seed``, with true labels.

    Raises:
        UserError: there is no such task; the message names the nearest.

    """
    if get(task_id).suite == "general":
        yield from build_general([task_id], count=1000, seed=seed, split="train", world=seed)
        return
    world = make_world(WorldSettings(seed=seed))
    size = world.settings.block_users
    blocks = chain.from_iterable(stream(world, "train", users=size, start=n * size) for n in range(BLOCKS))
    yield from build_examples(blocks, task_ids=[task_id], settings=BuildSettings(seed=seed))
