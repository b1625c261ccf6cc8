"""A model as judge. Which model, and how it is reached, is the caller's: here it is one function."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from redone.errors import RedoneError
from redone.records import Message
from redone.scoring.judges.prompt import judge_call
from redone.scoring.judges.protocol import Question, Verdict
from redone.scoring.judges.verdict import read_verdict

Complete = Callable[[tuple[Message, ...]], str]
"""Continues a conversation; raises a ``RedoneError`` or ``OSError`` when there is no reply in time."""


class ModelJudge:
    """Asks a model for every comparison. After ``give_up_after`` failures in a row it is taken to be down.

    A judge that is down answers every further comparison with "unknown" at once, so that a run with a dead
    endpoint ends in minutes with counted gaps, not in days of waiting.
    """

    def __init__(self, name: str, complete: Complete, *, parallel: int = 1, give_up_after: int = 8) -> None:
        self.name = name
        self.parallel = parallel
        self._complete = complete
        self._give_up_after = give_up_after
        self._failures = 0
        self._lock = Lock()

    @property
    def down(self) -> bool:
        """Whether the judge has failed too often in a row to be asked again."""
        return self._failures >= self._give_up_after

    def compare(self, question: Question, answer_a: str, answer_b: str) -> Verdict:
        """The model's verdict; unknown when it gave none that can be read."""
        if self.down:
            return Verdict(None, f"down: {self._give_up_after} calls in a row failed")
        call = judge_call(question, answer_a, answer_b)
        try:
            reply = self._complete(call.messages)
        except (RedoneError, OSError, TimeoutError) as error:
            with self._lock:
                self._failures += 1
            return Verdict(None, f"no reply: {type(error).__name__}: {str(error)[:160]}")
        with self._lock:
            self._failures = 0
        return read_verdict(reply, call)
