"""What a run ran on. No host name, no user name, no environment variables: run folders are shared."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = (
    "redone",
    "torch",
    "transformers",
    "tokenizers",
    "safetensors",
    "numpy",
    "polars",
    "pyarrow",
    "pydantic",
)
"""Those whose version can change a result."""


def describe(threads: int) -> dict[str, Any]:
    """Return the machine, the versions and the revision of the code. Loads no model library."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "threads": threads,
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "versions": dict(versions()),
        "revision": revision(),
    }


@cache
def versions() -> dict[str, str]:
    """Return the installed version of every package that matters for results."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


@cache
def revision() -> str:
    """Return the git revision of the code, with ``+`` when files differ from it; empty outside a checkout."""
    git = shutil.which("git")
    here = Path(__file__).resolve().parent
    if git is None:
        return ""
    try:
        commit = subprocess.run(  # noqa: S603 - a fixed command found on the path
            [git, "-C", str(here), "rev-parse", "--short=12", "HEAD"],
            capture_output=True, text=True, timeout=10, check=True,
        ).stdout.strip()  # fmt: skip
        changed = subprocess.run(  # noqa: S603
            [git, "-C", str(here), "status", "--porcelain", "--untracked-files=no"],
            capture_output=True, text=True, timeout=10, check=True,
        ).stdout.strip()  # fmt: skip
    except (subprocess.SubprocessError, OSError):
        return ""
    return commit + ("+" if changed else "")


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        return platform.processor()
    return platform.processor()
