"""What this machine can do, and what follows for a run: the content of ``redone doctor``."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from redone.recipe.environment import describe, versions

ENOUGH_DISK_GIB = 2.0
"""A run of the embedded platform leaves less than 0.2 GiB; an ablation about 1 GiB."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what is there, and what follows. ``level`` is ok, note or problem."""

    name: str
    seen: str
    follows: str
    level: str = "ok"


def examine(folder: Path) -> Iterator[Finding]:
    """Yield findings, quick ones first; ``folder`` is where runs would be written."""
    machine = describe(threads=0)
    cores = int(machine["cores"])
    yield Finding(
        "processor",
        f"{machine['processor'] or machine['machine']}, {cores} cores, {machine['memory_gib']} GiB",
        "recipes set threads: 2; results are bit-exact for a fixed number",
        "ok" if cores >= 2 else "note",
    )
    yield _threads(cores)
    yield _bfloat16()
    yield _disk(folder)
    found = versions()
    missing = [name for name, version in found.items() if version == "not installed"]
    yield Finding(
        "versions",
        f"python {machine['python']}, " + ", ".join(f"{k} {v}" for k, v in found.items()),
        f"install {', '.join(missing)}: run `make install`"
        if missing
        else "results name these in environment.json",
        "problem" if missing else "ok",
    )
    yield _gpu()
    yield _sandbox()


def _threads(cores: int) -> Finding:
    wanted = os.environ.get("OMP_NUM_THREADS")
    load = os.getloadavg()[0]
    if load > cores * 0.75:
        return Finding(
            "load",
            f"{load:.1f} on {cores} cores",
            "other work slows a run down, and changes no result",
            "note",
        )
    return Finding(
        "load", f"{load:.1f} on {cores} cores", f"OMP_NUM_THREADS is {wanted or 'not set'}; recipes decide"
    )


def _bfloat16() -> Finding:
    try:
        flags = set(Path("/proc/cpuinfo").read_text(encoding="utf-8").split())
    except OSError:
        flags = set()
    native = sorted(flags & {"avx512_bf16", "amx_bf16", "avx_ne_convert", "bf16"})
    if native:
        return Finding(
            "bfloat16",
            ", ".join(native),
            "native: precision may be bfloat16 or float32",
        )
    return Finding(
        "bfloat16",
        "no native support",
        "set precision: float32; bfloat16 is emulated and slower",
        "note",
    )


def _disk(folder: Path) -> Finding:
    place = next(p for p in (folder.resolve(), *folder.resolve().parents) if p.exists())
    free = shutil.disk_usage(place).free / 2**30
    writable = os.access(place, os.W_OK)
    seen = f"{free:.1f} GiB free at {place}" + ("" if writable else ", not writable")
    if not place.is_dir():
        return Finding("disk", f"{place} is no folder", "choose another --out folder", "problem")
    if not writable:
        return Finding("disk", seen, "choose another --out folder", "problem")
    if free < ENOUGH_DISK_GIB:
        return Finding("disk", seen, "a demo needs 0.2 GiB, an ablation 1 GiB", "note")
    return Finding("disk", seen, "enough for demo and ablations")


def _gpu() -> Finding:
    import torch

    if not torch.cuda.is_available():
        return Finding(
            "gpu", "none", "everything embedded runs on the processor; real models need a GPU", "note"
        )
    names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return Finding("gpu", ", ".join(names), "recipes train and sample there unless they say device: cpu")


def _sandbox() -> Finding:
    from redone.scoring.sandbox import open_sandbox

    sandbox, reason = open_sandbox()
    if sandbox is None:
        return Finding(
            "sandbox", f"none: {reason}", "tasks that run code are left out of training and scores", "problem"
        )
    return Finding("sandbox", "bubblewrap, hostile self-check passed", "code answers can be rewarded")
