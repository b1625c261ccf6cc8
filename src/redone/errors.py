"""The errors that reach a user, and the exit codes that programs rely on.

RedoneError            exit 1: something of ours failed
UserError            exit 2: the input is wrong; the message names the key or row, the value and the fix
Interrupted          exit 3: stopped on request; running again resumes
"""

from __future__ import annotations


class RedoneError(Exception):
    """Something went wrong that the caller may want to catch as one kind."""

    exit_code = 1


class UserError(RedoneError, ValueError):
    """The input is wrong, and the message says how to mend it."""

    exit_code = 2


class Interrupted(RedoneError):
    """Stopped on request at a point from which the same command goes on."""

    exit_code = 3


class AlreadySaid(RedoneError):
    """Another process of the same run has said what went wrong; this one has nothing to add."""

    def __init__(self, exit_code: int) -> None:
        super().__init__("another process of the run has said what went wrong")
        self.exit_code = exit_code
