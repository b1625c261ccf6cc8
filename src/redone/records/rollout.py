"""One sampled answer with what the policy and the reward said about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

FinishReason = Literal["stop", "length"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """An answer of a group.

    ``raw`` is the task score (None: unscored), ``shaped`` is raw plus the overlong penalty; groups are filtered on
    raw and optimised on shaped. ``logprobs`` has one entry per answer token, the end token included.
    """

    step: int
    group: int
    example_id: str
    task: str
    answer_ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    text: str
    finish: FinishReason
    raw: float | None
    shaped: float | None
    advantage: float = 0.0
    components: Mapping[str, float] = field(default_factory=dict)
    problem: str = ""
