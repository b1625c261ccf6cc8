"""What the engine has done since it started; read by the metrics page, written by the engine's thread."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class EngineCounts:
    """Totals. ``cached_tokens`` are prompt tokens that the prefix cache saved."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    answer_tokens: int = 0
    steps: int = 0
    answered: int = 0
    cancelled: int = 0
    timeouts: int = 0
    faults: int = 0
    started: float = field(default_factory=time.monotonic)
    _rate: float = 0.0
    _last: float = field(default_factory=time.monotonic)

    def finished(self) -> None:
        """Another request is answered; keeps a moving rate per second."""
        now = time.monotonic()
        gap = max(now - self._last, 1e-4)
        self._last = now
        self._rate = 0.98 * self._rate + 0.02 / gap
        self.answered += 1

    def retry_after(self, waiting: int) -> int:
        """Whole seconds in which the queue of ``waiting`` requests should have drained, 1 to 60."""
        return int(min(60.0, max(1.0, waiting / self._rate if self._rate > 0 else 1.0)))
