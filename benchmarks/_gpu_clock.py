"""Seconds and memory of work on a device, and what becomes of settings that do not fit into it."""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import torch
from _gpu_shape import peak_of

from redone.training.profile import measured_peak

Setting = TypeVar("Setting")
OUT_OF_MEMORY = "out of memory"
WARM_UP = 2
"""Steps that are not counted: in them kernels are compiled, and once more for other widths."""


class Stopwatch:
    """Seconds on the wall with the device's queue empty at both ends, and the most memory held between."""

    def __init__(self, device: torch.device) -> None:
        self._cuda = device.type == "cuda"
        self._device = device
        self._began = 0.0
        self.seconds: list[float] = []

    def start(self) -> None:
        """Begin a round."""
        if self._cuda:
            torch.cuda.synchronize(self._device)
        self._began = time.perf_counter()

    def stop(self) -> None:
        """End it; the memory of rounds that do not count is forgotten."""
        if self._cuda:
            torch.cuda.synchronize(self._device)
        self.seconds.append(time.perf_counter() - self._began)
        if self._cuda and len(self.seconds) == WARM_UP:
            torch.cuda.reset_peak_memory_stats(self._device)

    def result(self) -> dict[str, Any]:
        """The rounds that count."""
        counted = self.seconds[WARM_UP:]
        peak = torch.cuda.max_memory_allocated(self._device) / 2**30 if self._cuda else None
        return {
            "seconds": counted,
            "median_s": statistics.median(counted),
            "warm_up_s": self.seconds[:WARM_UP],
            "peak_gib": peak,
        }


def fastest(
    settings: Sequence[Setting],
    frugal: Sequence[Setting],
    measure: Callable[[Setting, int], dict[str, Any]],
    rounds: int,
) -> dict[str, Any]:
    """The figures of the fastest of ``settings``; ``frugal`` ones are tried where none of those fits.

    Both go from small to large; what is larger than one that did not fit is not tried. ``tried`` lists all.
    A single setting is measured without a search.
    """
    tried: list[dict[str, Any]] = []
    for some in (settings, frugal):
        fitting = []
        for setting in some:
            found = attempt(measure, setting, 2 if len(some) > 1 else rounds)
            tried.append({"setting": str(setting)} | _brief(found))
            if "error" in found:
                break
            fitting.append((found["median_s"], setting, found))
        for _, setting, found in sorted(fitting, key=lambda one: one[0]):
            whole = found if len(some) == 1 else attempt(measure, setting, rounds)
            if "error" not in whole:
                return {"setting": str(setting), "tried": tried} | whole
    return {"error": tried[-1]["error"], "tried": tried}


def attempt(
    measure: Callable[[Setting, int], dict[str, Any]], setting: Setting, rounds: int
) -> dict[str, Any]:
    """The figures, or why there are none: a machine's hour is not lost to one side's failure."""
    print(f"{type(measure).__name__}: {setting}", file=sys.stderr)
    try:
        return measure(setting, rounds)
    except torch.cuda.OutOfMemoryError:
        found = {"error": OUT_OF_MEMORY}
    except Exception as error:
        traceback.print_exc()
        found = {"error": f"{type(error).__name__}: {error}"[:400]}
    # Outside the handler: the error's traceback holds the tensors.
    release()
    return found


def release() -> None:
    """Give back what nobody holds any more."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def described(device: torch.device) -> tuple[dict[str, Any], float | None]:
    """The device in the JSON, and its peak."""
    if device.type != "cuda":
        return {"device": "cpu", "peak_tflops": None, "peak_source": "no GPU: MFU is not counted"}, None
    name = torch.cuda.get_device_name(device)
    peak, source = peak_of(name)
    return {
        "device": name,
        "driver": _driver_version(),
        "cuda": torch.version.cuda,
        "memory_gib": torch.cuda.get_device_properties(device).total_memory / 2**30,
        "peak_tflops": peak / 1e12 if peak else None,
        "peak_source": f"data sheet of {source}" if peak else source,
        "matmul_tflops": measured_peak(device, torch.bfloat16) / 1e12,
    }, peak


def _driver_version() -> str | None:
    """The NVIDIA driver's version, where its tool is installed."""
    command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader", "--id=0"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def _brief(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in ("error", "median_s", "peak_gib") if name in found}
