"""Finding a sandbox that holds on this machine, or saying why there is none."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace

from redone.scoring.sandbox.bubblewrap import BubblewrapSandbox
from redone.scoring.sandbox.interpreter import interpreters
from redone.scoring.sandbox.protocol import Sandbox, SandboxLimits
from redone.scoring.sandbox.self_check import find_weakness

_SLEEPER = "import time\ntime.sleep(60)"


def open_sandbox(limits: SandboxLimits | None = None) -> tuple[Sandbox | None, str]:
    """Return a sandbox that passed the hostile self-check (about half a second), or None and the reason.

    There is no weaker fallback: without a sandbox, code answers stay unscored.
    """
    if not sys.platform.startswith("linux"):
        return None, f"the sandbox needs Linux namespaces; this is {sys.platform}"
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        return None, "bubblewrap is not installed; on Debian or Ubuntu: apt-get install bubblewrap"
    limits = limits or SandboxLimits()
    reasons = []
    for interpreter in interpreters():
        sandbox = BubblewrapSandbox(bwrap, interpreter, limits)
        weakness = find_weakness(sandbox)
        if not weakness:
            short = BubblewrapSandbox(bwrap, interpreter, replace(limits, wall_seconds=0.3))
            status = short.run_many([_SLEEPER])[0].status
            weakness = "" if status == "timeout" else f"self-check 'sleeping': {status}"
        if not weakness:
            return sandbox, ""
        reasons.append(f"with {interpreter.executable}: {weakness}")
    return None, "; ".join(reasons) or "no Python to run inside the sandbox was found"
