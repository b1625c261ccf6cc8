"""A preferred and a rejected answer to the same prompt, for preference optimization (RedOne 1.0, stage 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from redone.records.example import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencePair:
    """An answer that was preferred and one that was not.

    ``origin`` says who preferred: an expert, an admitted judge, the question's own options, or the model's own
    mistake against the ground truth.
    """

    id: str
    task: str
    messages: tuple[Message, ...]
    chosen: str
    rejected: str
    origin: Literal["expert", "judge", "options", "mistake"]
