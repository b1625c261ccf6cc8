"""Where a step's time goes: parts of a step on one clock, written line by line.

A file of JSON lines. The first is ``{"schema": 1, "device", "dtype", "peak_flops", "parameters", "processes"}``;
then one per step: ``step``, ``seconds`` (wall), ``parts`` (seconds by name, ``other`` for the rest), ``tokens``
(real columns of the update), ``slots`` (with padding), ``generated`` (answer tokens), ``flops`` (products with
weights, counted on real tokens), ``mfu`` (their share of the measured peak) and ``dead_groups`` (share of sampled
groups that taught nothing; None without sampling). A file that is gone on with after an interruption has a further
first line there, and the steps since the last checkpoint again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import torch

PARTS = ("sampling", "reward", "forward", "backward", "optimizer", "waiting")
_current: Profile | None = None


class Profile:
    """The clock of a run, which starts with ``begin``; a step ends with ``close``."""

    def __init__(self, path: Path, *, keep: bool = False) -> None:
        self._path = path
        self._keep = keep
        self._device: torch.device | None = None
        self._open: list[str] = []
        self._reset()

    def begin(self, model: Any, *, compute: str, processes: int = 1) -> None:
        """Write the first line and start the first step; the file's second training changes nothing."""
        if self._device is not None:
            return
        self._device = model.device
        layers = model.get_decoder().layers.parameters()
        self._body = sum(p.numel() for p in layers if p.ndim == 2)
        self._head = model.get_output_embeddings().weight.numel()
        self._peak = measured_peak(model.device, torch.bfloat16 if compute == "bf16" else torch.float32)
        head = {
            "schema": 1,
            "device": _device_name(model.device),
            "dtype": compute,
            "peak_flops": self._peak,
            "parameters": self._body + self._head,
            "processes": processes,
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        kept = _whole_lines(self._path) if self._keep else b""
        self._path.write_bytes(kept + json.dumps(head).encode() + b"\n")
        self._reset()

    def _reset(self) -> None:
        self._seconds = dict.fromkeys(PARTS, 0.0)
        self._counts = {"tokens": 0, "slots": 0, "targets": 0, "generated": 0, "prompt_tokens": 0, "rows": 0}
        self._began = time.perf_counter()

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Charge what happens inside to ``name``, and not to the part around it."""
        outer = self._open[-1] if self._open else None
        self._open.append(name)
        began = self._now()
        try:
            yield
        finally:
            spent = self._now() - began
            self._open.pop()
            self._seconds[name] += spent
            if outer is not None:
                self._seconds[outer] -= spent

    def count(self, **numbers: int) -> None:
        """Add to the step's counts."""
        for name, number in numbers.items():
            self._counts[name] += number

    def close(self, step: int, dead_groups: float | None) -> None:
        """Write the step's line and start the next step."""
        seconds = self._now() - self._began
        counts = self._counts
        update = 6 * (self._body * counts["tokens"] + self._head * counts["targets"])
        fed = counts["prompt_tokens"] + counts["generated"] - counts["rows"]
        sampled = 2 * (self._body * fed + self._head * counts["generated"])
        parts = dict(self._seconds)
        parts["other"] = max(0.0, seconds - sum(parts.values()))
        row = {
            "step": step,
            "seconds": seconds,
            "parts": parts,
            "tokens": counts["tokens"],
            "slots": counts["slots"],
            "generated": counts["generated"],
            "flops": update + sampled,
            "mfu": (update + sampled) / (self._peak * seconds),
            "dead_groups": dead_groups,
        }
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        self._reset()

    def _now(self) -> float:
        if self._device is not None and self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        return time.perf_counter()


@contextmanager
def profiling(
    path: Path, model: Any = None, *, compute: str = "f32", processes: int = 1, keep: bool = False
) -> Iterator[Profile]:
    """Write the profile of every training step made inside to ``path``.

    Without ``model`` the first training inside says what it trains, in which arithmetic and by how many
    processes. ``keep`` goes on with the lines that are there.
    """
    made = Profile(path, keep=keep)
    if model is not None:
        made.begin(model, compute=compute, processes=processes)
    with _using(made):
        yield made


def unprofiled() -> AbstractContextManager[None]:
    """Leave out what is trained inside."""
    return _using(None)


@contextmanager
def _using(profile: Profile | None) -> Iterator[None]:
    global _current
    before, _current = _current, profile
    try:
        yield
    finally:
        _current = before


def current_profile() -> Profile | None:
    """The profile that is being written, if any."""
    return _current


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Charge what happens inside to a part of the step, when a profile is being written."""
    if _current is None:
        yield
    else:
        with _current.part(name):
            yield


def measured_peak(device: torch.device, dtype: torch.dtype) -> float:
    """Operations per second of a large matrix product on the device, best of four."""
    size = 4096 if device.type == "cuda" else 512
    # A generator of its own: a run must draw the same numbers with and without a profile.
    numbers = torch.Generator(device=device).manual_seed(0)
    left = torch.randn(size, size, dtype=dtype, device=device, generator=numbers)
    best = float("inf")
    for _ in range(4):
        began = time.perf_counter()
        torch.matmul(left, left)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        best = min(best, time.perf_counter() - began)
    return 2 * size**3 / best


def _whole_lines(path: Path) -> bytes:
    """What the file holds, without a last line that a kill cut short."""
    content = path.read_bytes() if path.exists() else b""
    return content[: content.rfind(b"\n") + 1]


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else str(device)
