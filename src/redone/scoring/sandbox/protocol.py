"""What a sandbox does: run many small Python programs that nobody trusts, and say how each ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

SandboxStatus = Literal["ok", "failed", "timeout", "memory", "output-limit", "infra-error"]


@dataclass(frozen=True, slots=True)
class SandboxResult:
    """How one program ended, and what it printed.

        ok            it ran to its end with exit code 0
        failed        it raised, exited otherwise or died by a signal
        timeout       it used up its processor or wall-clock time
        memory        it ran out of its memory
        output-limit  it printed more than it may
        infra-error   the sandbox itself failed; says nothing of the program, and is the only one retried

    ``detail`` is for people (an exception's name, a signal); nothing is decided on it, for the program can
    influence it.
    """

    status: SandboxStatus
    stdout: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxLimits:
    """The bounds of one program. Processor time is what a run-away loop hits; wall time is for sleepers."""

    cpu_seconds: int = 1
    wall_seconds: float = 3.0
    memory_bytes: int = 256 * 2**20
    output_bytes: int = 64 * 2**10
    processes: int = 1


class Sandbox(Protocol):
    """A place where a program sees no network, no files of ours, no environment, and no other program."""

    def run_many(self, programs: Sequence[str]) -> list[SandboxResult]:
        """One result per program, in order. Never raises because of what a program does."""
        ...
