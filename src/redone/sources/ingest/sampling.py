"""Draws a fixed number of rows from a stream, in one pass, the same ones for the same seed."""

from __future__ import annotations

import hashlib
import heapq
from typing import Generic, TypeVar

T = TypeVar("T")


def stable_hash(*parts: str | int) -> int:
    """64 bits that depend on the parts only: the same on every machine and in every process."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")


def share_of(*parts: str | int) -> float:
    """A number in 0..1 from ``stable_hash``, for splitting by share."""
    return stable_hash(*parts) / 2**64


class Sample(Generic[T]):
    """The ``size`` items with the smallest keys: a uniform sample when keys are hashes, in bounded memory."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.offered = 0
        self._heap: list[tuple[int, int, T]] = []

    def offer(self, key: int, item: T) -> None:
        """Keeps the item if its key is among the smallest so far; of equal keys the earlier item."""
        self.offered += 1
        entry = (-key, -self.offered, item)
        if len(self._heap) < self.size:
            heapq.heappush(self._heap, entry)
        elif entry[:2] > self._heap[0][:2]:
            heapq.heapreplace(self._heap, entry)

    def items(self) -> list[T]:
        """The sample, by key."""
        return [item for _, _, item in sorted(self._heap, key=lambda entry: (-entry[0], -entry[1]))]


def in_turn(groups: list[list[T]], size: int) -> list[T]:
    """Up to ``size`` items, one of each group in turn while it has any: as even as the groups allow."""
    chosen: list[T] = []
    for turn in range(max((len(group) for group in groups), default=0)):
        chosen += [group[turn] for group in groups if turn < len(group)]
    return chosen[:size]
