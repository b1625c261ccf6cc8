"""Whether two mathematical answers mean the same, decided by math-verify in a process that may be killed.

Symbolic comparison can run forever or eat all memory on a hostile answer, and signals do not stop it inside
long integer operations. The child process has limits, and is replaced when an answer exceeds them.
"""

from __future__ import annotations

import json
import re
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Literal

from redone.errors import RedoneError

Verdict = Literal["equal", "different", "unread", "timeout"]
SECONDS = 6.0
LONGEST = 20_000
"""Characters of an output that are looked at, from its end."""

_START_SECONDS = 120.0
_BOXED = re.compile(r"\\boxed\s*\{")


def equivalent_many(pairs: Sequence[tuple[str, str]]) -> list[Verdict]:
    """Return a verdict for each (gold answer, output)."""
    verdicts: list[Verdict] = []
    with _Child() as child:
        for gold, output in pairs:
            verdicts.append(_quick(gold, output) or child.ask(gold, output[-LONGEST:]))
    return verdicts


def last_boxed(text: str) -> str | None:
    """Return the content of the last box, inner braces balanced."""
    starts = [match.end() for match in _BOXED.finditer(text)]
    for start in reversed(starts):
        depth = 1
        for at in range(start, len(text)):
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            if depth == 0:
                return text[start:at]
    return None


def _quick(gold: str, output: str) -> Verdict | None:
    """Decide without symbols: no output, or the same text in the box."""
    if not output.strip():
        return "unread"
    found = last_boxed(output)
    return "equal" if found is not None and found.split() == gold.split() else None


class _Child:
    """The comparing process, started when the first pair needs it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> _Child:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def ask(self, gold: str, output: str) -> Verdict:
        process = self._process or self._start()
        assert process.stdin
        line = json.dumps([gold, output]).encode("ascii") + b"\n"
        try:
            process.stdin.write(line)
            process.stdin.flush()
        except BrokenPipeError:
            self._stop()
            return "timeout"
        answer = self._read(process, SECONDS)
        if answer not in ("equal", "different", "unread"):
            # Too slow, or dead for want of memory: the next pair gets a new process.
            self._stop()
            return "timeout"
        return answer  # type: ignore[return-value]

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "redone.bench.general.equivalence_child"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)  # noqa: S603
        if self._read(self._process, _START_SECONDS) != "ready":
            self._stop()
            raise RedoneError("the process that compares mathematical answers does not start (math-verify?)")
        return self._process

    def _read(self, process: subprocess.Popen[bytes], seconds: float) -> str:
        assert process.stdout
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select([process.stdout], [], [], left)
            if ready:
                return process.stdout.readline().decode("ascii", "replace").strip()
        return ""

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout):
                if stream:
                    stream.close()
        self._process = None
