"""The first process inside the sandbox: forks once per program and reports how each ended.

Its source is handed to the sandbox's interpreter as text, so it imports the standard library only and runs on
Python 3.9 and later. It is process 1 of its namespace, which gives three things for free: programs cannot
kill it, orphans come to it, and ``kill(-1)`` ends whatever a program left behind.

Frames are a 4-byte big-endian length and that many bytes. In come sources (UTF-8), one at a time: the next
one is sent when the last one is judged, so a program finds no other answer in memory or in a pipe. Out go
results (JSON) on the original standard output, which is closed in the program's process.
"""

from __future__ import annotations

import ctypes
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import resource
import select
import signal
import sys
import time
from contextlib import suppress
from typing import Any, NoReturn

MEMORY_EXIT = 77
DETAIL_BYTES = 500
PR_SET_DUMPABLE = 4


class Program(importlib.abc.InspectLoader):
    """Loads a source text as a module, which is how a program is run without touching a file."""

    def __init__(self, source: str) -> None:
        self.source = source

    def get_source(self, fullname: str) -> str:
        """Return the program's text."""
        return self.source

    def is_package(self, fullname: str) -> bool:
        """Return False: it is a plain module."""
        return False

    def run(self) -> None:
        """Execute the program as ``__main__``."""
        spec = importlib.machinery.ModuleSpec("__main__", self)
        module = importlib.util.module_from_spec(spec)
        sys.modules["__main__"] = module
        self.exec_module(module)


def limit_resources(limits: dict[str, Any]) -> None:
    """Bound this process before it runs anything foreign; hard limits cannot be raised again."""
    cpu = limits["cpu_seconds"]
    bounds = [
        (resource.RLIMIT_CPU, cpu, cpu),
        (resource.RLIMIT_AS, limits["memory_bytes"], limits["memory_bytes"]),
        (resource.RLIMIT_NPROC, limits["processes"], limits["processes"]),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_NOFILE, 64, 64),
    ]
    for kind, soft, hard in bounds:
        resource.setrlimit(kind, (soft, hard))


def be_program(source: str, pipes: tuple[int, int, int], limits: dict[str, Any]) -> NoReturn:
    """Become the program: only the three standard streams stay open, then run it and exit."""
    code = 1
    try:
        os.setsid()
        for target, source_fd in enumerate(pipes):
            os.dup2(source_fd, target)
        os.closerange(3, 4096)
        limit_resources(limits)
        try:
            Program(source).run()
            code = 0
        except SystemExit as error:
            code = 0 if error.code is None else error.code if isinstance(error.code, int) else 1
        sys.stdout.flush()
    except MemoryError:
        code = MEMORY_EXIT
    except BaseException as error:
        code = 1
        os.write(2, type(error).__name__.encode("utf-8", "replace"))
    finally:
        os._exit(code & 255)


def collect(child: int, out: int, err: int, limits: dict[str, Any]) -> tuple[str, bytes, bytes]:
    """Read what the program prints until it ends.

    Return why it was stopped ("" if it ended by itself), its output and its error output.
    """
    deadline = time.monotonic() + limits["wall_seconds"]
    streams = {out: bytearray(), err: bytearray()}
    ended = os.pidfd_open(child)
    poll = select.poll()
    for fd in (out, err, ended):
        poll.register(fd, select.POLLIN)
    stopped: str | None = None
    while stopped is None:
        left = deadline - time.monotonic()
        ready = {fd for fd, _ in poll.poll(max(0.0, left) * 1000)}
        if ready == {ended}:
            stopped = ""
        elif left <= 0:
            stopped = "timeout"
        for fd in ready - {ended}:
            data = os.read(fd, 65536)
            room = limits["output_bytes"] - len(streams[fd])
            streams[fd] += data[:room]
            if len(data) > room:
                stopped = "output-limit"
            elif not data:
                poll.unregister(fd)
    os.close(ended)
    return stopped, bytes(streams[out]), bytes(streams[err])


def end_all(child: int) -> tuple[int, Any]:
    """Kill every process of the namespace but this one; return the program's wait status and rusage."""
    found: tuple[int, Any] = (0, None)
    while True:
        with suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)
        try:
            pid, status, usage = os.wait4(-1, 0)
        except ChildProcessError:
            return found
        if pid == child:
            found = status, usage


def verdict(stopped: str, status: int, usage: Any, limits: dict[str, Any]) -> tuple[str, str]:
    """Return the result's status and a detail for people."""
    if stopped:
        return stopped, ""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        spent = usage.ru_utime + usage.ru_stime
        # On a busy machine the usage can fall well short of what the kernel counted against the limit.
        if number == signal.SIGXCPU or (number == signal.SIGKILL and spent >= 0.5 * limits["cpu_seconds"]):
            return "timeout", "processor time"
        return "failed", f"signal {number}"
    code = os.WEXITSTATUS(status)
    if code == MEMORY_EXIT:
        return "memory", ""
    return ("ok", "") if code == 0 else ("failed", f"exit code {code}")


def run(source: str, limits: dict[str, Any]) -> dict[str, str]:
    """Run one program and return its result."""
    ends = [os.pipe() for _ in range(3)]
    (in_read, in_write), (out_read, out_write), (err_read, err_write) = ends
    child = os.fork()
    if child == 0:
        os.close(in_write)
        be_program(source, (in_read, out_write, err_write), limits)
    for fd in (in_read, in_write, out_write, err_write):
        os.close(fd)
    stopped, out, err = collect(child, out_read, err_read, limits)
    status, usage = end_all(child)
    os.close(out_read)
    os.close(err_read)
    name, detail = verdict(stopped, status, usage, limits)
    words = [word for word in (detail, err[-DETAIL_BYTES:].decode("utf-8", "replace").strip()) if word]
    return {"status": name, "stdout": out.decode("utf-8", "replace"), "detail": ", ".join(words)}


def read_exactly(fd: int, count: int) -> bytes:
    """Return ``count`` bytes, or fewer at the end of the stream."""
    data = b""
    while len(data) < count:
        part = os.read(fd, count - len(data))
        if not part:
            break
        data += part
    return data


def main() -> None:
    """Serve programs until the input ends."""
    limits = json.loads(sys.argv[1])
    # A process that cannot be dumped cannot be traced or opened by its own children either.
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    results = os.dup(1)
    os.dup2(2, 1)
    while True:
        header = read_exactly(0, 4)
        if len(header) < 4:
            return
        source = read_exactly(0, int.from_bytes(header, "big")).decode("utf-8")
        frame = json.dumps(run(source, limits)).encode("ascii")
        frame = len(frame).to_bytes(4, "big") + frame
        while frame:
            frame = frame[os.write(results, frame) :]


if __name__ == "__main__":
    main()
