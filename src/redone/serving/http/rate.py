"""A token bucket per client."""

from __future__ import annotations

import math
import time
from collections import OrderedDict

CLIENTS = 10_000
"""Buckets kept; the one unused for longest is dropped, and would be full again by then."""


class RateLimit:
    """Allows ``per_minute`` requests a minute and client, and as many at once as come in ten seconds."""

    def __init__(self, per_minute: int) -> None:
        self.per_second = per_minute / 60.0
        self.burst = max(1.0, per_minute / 6.0)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> int:
        """Count a request; 0, or the seconds after which to try again."""
        if not self.per_second:
            return 0
        now = time.monotonic()
        left, last = self._buckets.pop(client, (self.burst, now))
        left = min(self.burst, left + (now - last) * self.per_second)
        allowed = left >= 1.0
        self._buckets[client] = (left - 1.0 if allowed else left, now)
        if len(self._buckets) > CLIENTS:
            self._buckets.popitem(last=False)
        return 0 if allowed else max(1, math.ceil((1.0 - left) / self.per_second))
