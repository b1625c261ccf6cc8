"""The bubblewrap sandbox: new namespaces, a read-only view of a Python, nothing else.

Inside there is no network, no /etc, /home, /proc or /sys, no environment, and no writable folder at all. Each
program is a forked process of its own with limits on memory, processor and wall time, processes and output,
and cannot reach the channel on which its result is reported (see ``runner``).
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import cached_property
from pathlib import Path

from redone.scoring.sandbox.interpreter import Interpreter
from redone.scoring.sandbox.launch import Launch, LaunchFailed
from redone.scoring.sandbox.protocol import SandboxLimits, SandboxResult
from redone.scoring.sandbox.seccomp import seccomp_filter

_RUNNER = Path(__file__).with_name("runner.py").read_text(encoding="utf-8")
_ISOLATION = (
    *("--unshare-all", "--die-with-parent", "--new-session", "--as-pid-1"),
    *("--cap-drop", "ALL", "--clearenv"),
)
_EXTRA_SECONDS = 20.0
"""For starting an interpreter on a busy machine, on top of a program's wall time."""

_MOST_FAILED_LAUNCHES = 3
_PROGRAMS_PER_WORKER = 16


class BubblewrapSandbox:
    """Runs programs under ``bwrap``, many per launch. Get one that is proven to hold by ``open_sandbox``."""

    def __init__(
        self,
        bwrap: str,
        interpreter: Interpreter,
        limits: SandboxLimits | None = None,
        *,
        workers: int | None = None,
    ) -> None:
        self.limits = limits or SandboxLimits()
        self._bwrap = bwrap
        self._interpreter = interpreter
        self._workers = workers or min(4, os.cpu_count() or 1)

    def run_many(self, programs: Sequence[str]) -> list[SandboxResult]:
        """One result per program, in order; large batches are dealt out to one launch per worker."""
        workers = max(1, min(self._workers, len(programs) // _PROGRAMS_PER_WORKER))
        if workers == 1:
            return self._run_in_turn(programs)
        shards = [programs[start::workers] for start in range(workers)]
        with ThreadPoolExecutor(workers) as pool:
            parts = list(pool.map(self._run_in_turn, shards))
        results: list[SandboxResult] = [SandboxResult("infra-error")] * len(programs)
        for start, part in enumerate(parts):
            results[start::workers] = part
        return results

    def _run_in_turn(self, programs: Sequence[str]) -> list[SandboxResult]:
        results: list[SandboxResult] = []
        launch: Launch | None = None
        failures = 0
        for program in programs:
            if failures >= _MOST_FAILED_LAUNCHES:
                results.append(SandboxResult("infra-error", detail=results[-1].detail))
                continue
            try:
                launch = launch or self._launch()
                results.append(launch.run(program))
            except LaunchFailed as error:
                # Only this program is in doubt; the next ones get a fresh sandbox.
                results.append(SandboxResult("infra-error", detail=str(error)))
                failures += 1
                if launch is not None:
                    launch.close()
                    launch = None
        if launch is not None:
            launch.close()
        return results

    def _launch(self) -> Launch:
        seconds = self.limits.wall_seconds + _EXTRA_SECONDS
        return Launch(self._command, filter_code=seccomp_filter(), answer_seconds=seconds)

    @cached_property
    def _command(self) -> list[str]:
        # A fixed hash seed: the order in which a set prints must not change from launch to launch.
        environment = ["--setenv", "PYTHONHASHSEED", "0", "--setenv", "PYTHONUTF8", "1"]
        userns = (
            ["--unshare-user", "--disable-userns"] if self._knows("--disable-userns") else ["--unshare-user"]
        )
        return [
            *[self._bwrap, *_ISOLATION, *userns, *self._interpreter.mounts()],
            *["--dir", "/tmp", "--remount-ro", "/", *environment],  # noqa: S108 - inside the sandbox
            *[str(self._interpreter.executable), "-S", "-s", "-B", "-c", _RUNNER],
            json.dumps(asdict(self.limits)),
        ]

    def _knows(self, option: str) -> bool:
        """Whether this bwrap is new enough for an option (0.8 for --disable-userns)."""
        try:
            answer = subprocess.run([self._bwrap, "--help"], capture_output=True, text=True, timeout=20)  # noqa: S603
        except (OSError, subprocess.TimeoutExpired) as error:
            raise LaunchFailed(f"{self._bwrap} --help: {error}") from error
        return option in answer.stdout + answer.stderr
