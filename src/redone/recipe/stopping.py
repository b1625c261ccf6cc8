"""Stopping on request: the first Ctrl-C or SIGTERM ends at the next safe point, the second at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from redone.errors import Interrupted

SIGNALS = (signal.SIGINT, signal.SIGTERM)
TORCHRUN = "TORCHELASTIC_RUN_ID"
"""Set by torchrun, which passes a signal on once and then waits: a second Ctrl-C ends torchrun alone."""


class StopFlag:
    """Whether somebody asked the run to stop. Stages look at it, or at ``event``, between two steps."""

    def __init__(self) -> None:
        self.event = threading.Event()

    @property
    def requested(self) -> bool:
        """True from the first request on."""
        return self.event.is_set()

    def request(self) -> None:
        """Ask for a stop at the next safe point."""
        self.event.set()

    def check(self) -> None:
        """Leave if a stop was asked for; to be called right after a checkpoint was written.

        Raises:
            Interrupted: a stop was asked for.

        """
        if self.requested:
            raise Interrupted("stopped on request; the same command goes on from here")


@contextmanager
def stopping(*, quiet: bool = False) -> Iterator[StopFlag]:
    """Yield a flag that Ctrl-C and SIGTERM raise; outside the main thread only the flag works.

    The second signal ends the process at once, without clean-up, with exit code 3: everything on disk is
    written so that this is safe. ``quiet`` leaves the words to another process.
    """
    flag = StopFlag()

    def handle(number: int, frame: FrameType | None) -> None:
        if flag.requested:
            # \x1b[?25h shows the cursor again, which a progress display may have hidden.
            cursor = b"\x1b[?25h" if sys.stderr.isatty() else b""
            say(cursor + b"\nstopped at once; the same command goes on from the last checkpoint\n")
            os._exit(Interrupted.exit_code)
        flag.request()
        again = b"" if TORCHRUN in os.environ else b" (again: at once)"
        say(b"\nstopping after this step" + again + b" ...\n")

    def say(words: bytes) -> None:
        if not quiet:
            os.write(2, words)

    if threading.current_thread() is not threading.main_thread():
        yield flag
        return
    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield flag
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
