"""What a reward may return, and the error that names the reward and the sample when it does not."""

from __future__ import annotations

import math
from numbers import Real

from redone.errors import RedoneError


class RewardError(RedoneError):
    """A reward raised, or returned something that is not a score.

    Such a fault is never turned into a zero: a zero would teach the model that its answer was wrong.
    """

    def __init__(self, reward: str, sample: str, reason: str) -> None:
        super().__init__(f"reward {reward!r} on sample {sample!r}: {reason}")
        self.reward = reward
        self.sample = sample
        self.reason = reason


def checked_value(value: object, reward: str, sample: str) -> float:
    """Return the value as a float in 0..1.

    Values outside by no more than rounding (1e-9) are moved to the border.

    Raises:
        RewardError: the value is not a number, not finite, or out of range.

    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise RewardError(reward, sample, f"returned {value!r:.80}, which is not a number")
    number = float(value)
    if not math.isfinite(number):
        raise RewardError(reward, sample, f"returned {number}")
    if not -1e-9 <= number <= 1.0 + 1e-9:
        raise RewardError(reward, sample, f"returned {number}, which is outside 0..1")
    return min(1.0, max(0.0, number))
