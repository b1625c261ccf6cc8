"""The hostile self-check: a sandbox is used only after it has held against these programs on this machine.

A container or a hardened kernel can take away what a sandbox is made of without an error message.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from redone.scoring.sandbox.protocol import Sandbox, SandboxStatus


@dataclass(frozen=True, slots=True)
class Attack:
    """A program, and how it ends in a sandbox that holds."""

    name: str
    program: str
    status: SandboxStatus = "ok"
    stdout: str = "held\n"


def _tries(name: str, setup: str, attempt: str) -> Attack:
    """Return an attack that prints "held" only if what it attempts raises."""
    caught = "(OSError, MemoryError, RuntimeError)"
    program = f"{setup}\ntry:\n    {attempt}\nexcept {caught}:\n    print('held')\nelse:\n    print('open')\n"
    return Attack(name, program)


_HIDDEN = ["/etc", "/proc", "/sys", "/var", "/run", "/dev/shm", str(Path(__file__).resolve())]  # noqa: S108
_UNWRITABLE = ["/", "/tmp", "/usr", "/usr/lib", "/dev"]  # noqa: S108
_ENVIRONMENT = {"PYTHONHASHSEED", "PYTHONUTF8", "PWD", "LC_CTYPE"}
_WRITING = f"""
import os
open_folders = []
for folder in {_UNWRITABLE}:
    try:
        os.mkdir(os.path.join(folder, 'probe'))
    except OSError:
        continue
    open_folders.append(folder)
print(open_folders or 'held')
"""

ATTACKS: Sequence[Attack] = (
    Attack("running a program", "print(6 * 7)", stdout="42\n"),
    _tries("reaching the network", "import socket", "socket.create_connection(('1.1.1.1', 80), timeout=0.5)"),
    Attack("seeing our files", f"import os\nprint([p for p in {_HIDDEN} if os.path.exists(p)] or 'held')"),
    Attack("writing a file", _WRITING),
    Attack("seeing our environment", f"import os\nprint(sorted(set(os.environ) - {_ENVIRONMENT}) or 'held')"),
    Attack(
        "making a user namespace",
        "import ctypes\nprint('held' if ctypes.CDLL(None).unshare(0x10000000) else 'open')",
    ),
    _tries("starting processes", "import os", "os.fork() or os._exit(0)"),
    _tries("taking memory", "", "len(bytearray(2 ** 31))"),
    Attack("killing its guard", "import os\nos.kill(1, 9)\nprint('held')"),
    Attack("flooding its output", "while True: print('x' * 1000)", status="output-limit"),
    Attack("failing after a marker", "import os\nprint('PASSED', flush=True)\nos._exit(3)", status="failed"),
)


def find_weakness(sandbox: Sandbox) -> str:
    """Return what the sandbox let through, in words; empty if it held against everything."""
    results = sandbox.run_many([attack.program for attack in ATTACKS])
    for attack, result in zip(ATTACKS, results, strict=True):
        held = result.status == attack.status and (attack.status != "ok" or result.stdout == attack.stdout)
        if not held:
            seen = result.detail or result.stdout.strip()
            return f"self-check {attack.name!r}: {result.status} ({seen[:300] or 'no output'})"
    return ""
