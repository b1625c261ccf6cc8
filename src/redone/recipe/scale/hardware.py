"""Accelerators by name: memory, dense bf16 arithmetic and memory bandwidth, as their makers state them."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from redone.errors import UserError


@dataclass(frozen=True, slots=True)
class Gpu:
    """``memory`` in GiB as the driver reports it, ``flops`` per second (dense bf16), ``bandwidth`` in bytes/s."""

    name: str
    memory: float
    flops: float
    bandwidth: float


GPUS = {
    found.name: found
    for found in (
        Gpu("b200", 179.0, 2250e12, 8.0e12),
        Gpu("h200", 140.0, 989e12, 4.8e12),
        Gpu("h100", 79.6, 989e12, 3.35e12),
        Gpu("a100", 79.3, 312e12, 2.04e12),
        Gpu("a100-40", 39.4, 312e12, 1.56e12),
        Gpu("l40s", 44.5, 362e12, 0.864e12),
        Gpu("a6000", 47.5, 155e12, 0.768e12),
        Gpu("rtx5090", 31.8, 209e12, 1.79e12),
        Gpu("rtx4090", 24.0, 165e12, 1.01e12),
        Gpu("rtx3090", 24.0, 71e12, 0.936e12),
        Gpu("a10", 22.5, 125e12, 0.6e12),
        Gpu("t4", 15.0, 65e12, 0.32e12),
        Gpu("cpu-core", 8.0, 0.11e12, 10e9),
    )
}
"""Data sheets. t4 has no bf16: its f16 figure stands in. cpu-core is one AVX-512 core in f32, as measured."""


def gpu(name: str) -> Gpu:
    """The accelerator of that name.

    Raises:
        UserError: it is not in the table; names the nearest.

    """
    key = name.lower().replace(" ", "").replace("_", "-").removesuffix("-80")
    if key not in GPUS:
        close = get_close_matches(key, GPUS, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(GPUS)}"
        raise UserError(f"--gpu {name!r} is not in the table; {hint}")
    return GPUS[key]
