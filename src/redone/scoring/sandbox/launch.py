"""One running sandbox process: programs go in, results come out, frame by frame."""

from __future__ import annotations

import json
import os
import pwd
import select
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress

from redone.scoring.sandbox.protocol import SandboxResult

_NOBODY = 65534
_LONGEST_FRAME = 64 * 2**20


class LaunchFailed(Exception):
    """The sandbox process did not start, died, or did not answer in time."""


class Launch:
    """Starts ``command`` with no environment; as nobody where we are root.

    Root is left because the kernel exempts it from the limit on processes.
    """

    def __init__(self, command: Sequence[str], *, filter_code: bytes | None, answer_seconds: float) -> None:
        self._answer_seconds = answer_seconds
        filter_fd = _readable(filter_code) if filter_code else None
        options = ["--seccomp", str(filter_fd)] if filter_fd is not None else []
        user = _nobody() if os.geteuid() == 0 else None
        try:
            self._process = subprocess.Popen(  # noqa: S603 - a fixed argument list, no shell
                [command[0], *options, *command[1:]],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                env={},
                cwd="/",
                start_new_session=True,
                pass_fds=() if filter_fd is None else (filter_fd,),
                user=user,
                group=user,
                extra_groups=None if user is None else [],
            )
        except OSError as error:
            raise LaunchFailed(f"{command[0]} did not start: {error}") from error
        finally:
            if filter_fd is not None:
                os.close(filter_fd)

    def run(self, program: str) -> SandboxResult:
        """Return the program's result.

        Raises:
            LaunchFailed: the sandbox process is gone or hangs; this launch is of no further use.

        """
        source = program.encode("utf-8", "replace")
        deadline = time.monotonic() + self._answer_seconds
        try:
            _write_all(self._stdin, len(source).to_bytes(4, "big") + source)
            size = int.from_bytes(self._read(4, deadline), "big")
            if size > _LONGEST_FRAME:
                raise LaunchFailed(f"the runner announced {size} bytes")
            row = json.loads(self._read(size, deadline))
        except (OSError, ValueError) as error:
            raise LaunchFailed(f"{error}{self._last_words()}") from error
        return SandboxResult(row["status"], row["stdout"], row["detail"])

    def close(self) -> None:
        """End the sandbox and everything in it."""
        self._kill()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
        # A setuid bwrap may not be killed by us, but its runner ends with its input.
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=self._answer_seconds)

    def _kill(self) -> None:
        if self._process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    @property
    def _stdin(self) -> int:
        assert self._process.stdin is not None
        return self._process.stdin.fileno()

    def _read(self, count: int, deadline: float) -> bytes:
        assert self._process.stdout is not None
        fd = self._process.stdout.fileno()
        data = bytearray()
        while len(data) < count:
            ready, _, _ = select.select([fd], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise LaunchFailed("the sandbox did not answer in time")
            part = os.read(fd, count - len(data))
            if not part:
                raise LaunchFailed(f"the sandbox ended{self._last_words()}")
            data += part
        return bytes(data)

    def _last_words(self) -> str:
        assert self._process.stderr is not None
        self._kill()
        fd = self._process.stderr.fileno()
        ready, _, _ = select.select([fd], [], [], 1.0)
        words = os.read(fd, 2000).decode("utf-8", "replace").strip() if ready else ""
        return f": {words}" if words else ""


def _write_all(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


def _readable(data: bytes) -> int:
    """Return a descriptor from which ``data`` can be read once (it is far below a pipe's capacity)."""
    read_end, write_end = os.pipe()
    _write_all(write_end, data)
    os.close(write_end)
    return read_end


def _nobody() -> int:
    with suppress(KeyError):
        return pwd.getpwnam("nobody").pw_uid
    return _NOBODY
