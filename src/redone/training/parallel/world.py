"""The processes of a run and what they say to each other.

All of them hold the same plan and draw the same numbers; a step's rows are divided between them, and losses,
counts and gradients are sums over all. So the trajectory is that of one process, up to the order of sums.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import torch
import torch.distributed as dist

from redone.errors import RedoneError, UserError
from redone.training.profile import timed

_current: World | None = None


class RankError(RedoneError):
    """Another process of the run has ended or does not answer."""


@dataclass(frozen=True, slots=True)
class World:
    """One process's place: ``rank`` of ``size``, and the device that it trains on."""

    rank: int
    size: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes files."""
        return self.rank == 0

    def add_up(self, values: Mapping[str, float]) -> dict[str, float]:
        """Sums over all processes, by name; a name may be missing in some."""
        parts: list[Any] = self.gather(dict(values))
        names = sorted({name for part in parts for name in part})
        return {name: sum(part.get(name, 0.0) for part in parts) for name in names}

    def gather(self, value: Any) -> list[Any]:
        """The processes' values, by rank. They travel as JSON, so tuples arrive as lists."""
        text = torch.frombuffer(bytearray(json.dumps(value).encode()), dtype=torch.uint8).to(self.device)
        own = torch.tensor([text.numel()], device=self.device)
        sizes = [torch.zeros_like(own) for _ in range(self.size)]
        with timed("waiting"), self.heard():
            dist.all_gather(sizes, own)
            longest = max(int(size) for size in sizes)
            padded = torch.nn.functional.pad(text, (0, longest - text.numel()))
            parts = [torch.zeros_like(padded) for _ in range(self.size)]
            dist.all_gather(parts, padded)
        return [
            json.loads(bytes(part[: int(size)].tolist())) for part, size in zip(parts, sizes, strict=True)
        ]

    def tell(self, value: Any) -> Any:
        """The first process's value; the others' is ignored."""
        return self.gather(value if self.first else None)[0]

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Turn a lost peer into one readable error.

        Raises:
            RankError: a collective failed.

        """
        try:
            yield
        except (dist.DistError, RuntimeError) as error:
            if isinstance(error, RedoneError) or not _is_lost_peer(error):
                raise
            raise RankError(
                f"process {self.rank} of {self.size}: another process of this run has ended or does not "
                f"answer ({_reason(error)}). Look at the first error above; run the "
                "same command again to go on from the last checkpoint."
            ) from error


LOST = ("gloo", "NCCL", "Connection", "connection", "Timed out", "timed out", "Socket", "socket", "peer")


def _is_lost_peer(error: Exception) -> bool:
    return isinstance(error, dist.DistError) or any(word in str(error) for word in LOST)


def _reason(error: Exception) -> str:
    line = str(error).strip().splitlines()[0]
    return line.rpartition("] ")[2].partition(". ")[0][:160]


def current_world() -> World | None:
    """The processes of this run; None when it is one."""
    return _current


@contextmanager
def within(world: World | None) -> Iterator[None]:
    """Inside, this process works in ``world``; with None by itself: training and sampling ask nothing of others."""
    global _current
    before, _current = _current, world
    try:
        yield
    finally:
        _current = before


def alone() -> AbstractContextManager[None]:
    """Inside, this process works by itself."""
    return within(None)


def from_first(make: Callable[[], Any]) -> Any:
    """A JSON value that the first process makes alone; all get it (tuples as lists, where there are several)."""
    world = current_world()
    if world is None:
        return make()
    value = None
    if world.first:
        with alone():
            value = make()
    return world.tell(value)


def start_world(
    timeout_seconds: float = 600.0, device: Literal["auto", "cpu", "cuda"] = "auto"
) -> World | None:
    """Join the other processes if torchrun started several; None for a single one.

    A process that ends closes its connections, which the others notice at their next exchange; ``timeout_seconds``
    is for one that hangs. ``device`` "auto" is a GPU of its own for each process where there are GPUs.

    Raises:
        UserError: torchrun's environment is incomplete.

    """
    global _current
    if int(os.environ.get("WORLD_SIZE", "1")) < 2:
        return None
    missing = [name for name in ("RANK", "MASTER_ADDR", "MASTER_PORT") if name not in os.environ]
    if missing:
        raise UserError(f"WORLD_SIZE is set and {missing[0]} is not; start several processes with torchrun")
    own = torch.device("cpu")
    if device != "cpu" and torch.cuda.is_available():
        own = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(own)
    backend = "nccl" if own.type == "cuda" else "gloo"
    dist.init_process_group(backend, timeout=timedelta(seconds=timeout_seconds))
    _current = World(dist.get_rank(), dist.get_world_size(), own)
    return _current


def stop_world() -> None:
    """Leave the other processes."""
    global _current
    _current = None
    if dist.is_initialized():
        dist.destroy_process_group()


def first_to_fail() -> bool:
    """Whether no other process of the run has said yet that it failed: one message is enough for all.

    The processes find each other at torchrun's own meeting place, which outlives them. Where that does not
    answer, the caller had better speak.
    """
    attempt = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
    place, port = os.environ.get("MASTER_ADDR", ""), int(os.environ.get("MASTER_PORT", "0"))
    try:
        store = dist.TCPStore(place, port, is_master=False, timeout=timedelta(seconds=5))  # type: ignore[attr-defined]
        return bool(store.add(f"redone/failed/{attempt}", 1) == 1)
    except (dist.DistError, RuntimeError):
        return True


def share(items: Sequence[Any], world: World) -> list[Any]:
    """The process's part of the items, every ``size``-th."""
    return list(items[world.rank :: world.size])


def joined(parts: Sequence[Sequence[Any]]) -> list[Any]:
    """The items of all processes in their old order."""
    count = sum(map(len, parts))
    return [parts[place % len(parts)][place // len(parts)] for place in range(count)]
