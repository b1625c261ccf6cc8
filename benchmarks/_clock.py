"""How benchmarks measure: CPU seconds of one thread, medians, the machine's peak in the same run."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch


def one_thread() -> None:
    """CPU seconds of one thread are the only figure that a shared machine does not spoil."""
    torch.set_num_threads(1)


def cpu_seconds(work: Callable[[], Any]) -> float:
    """CPU seconds that ``work`` takes."""
    began = time.process_time()
    work()
    return time.process_time() - began


def peak_flops(dtype: torch.dtype, size: int = 1024, rounds: int = 5) -> float:
    """Floating-point operations per CPU second of a large matrix product: the roof (best of ``rounds``)."""
    left, right = torch.randn(size, size, dtype=dtype), torch.randn(size, size, dtype=dtype)
    torch.matmul(left, right)
    return 2 * size**3 / min(cpu_seconds(lambda: torch.matmul(left, right)) for _ in range(rounds))


def summary(values: Sequence[float]) -> dict[str, Any]:
    """Median, extremes and count of a series of seconds."""
    return {
        "median": round(statistics.median(values), 5),
        "min": round(min(values), 5),
        "max": round(max(values), 5),
        "n": len(values),
    }


def environment(*packages: str) -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "versions": {name: _version(name) for name in packages},
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cpu": _cpu_name(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "unit": "CPU seconds of the process, one thread",
    }


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed: run from its source"


def _cpu_name() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123
            return next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()
