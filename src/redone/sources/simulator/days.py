"""Days of the platform's life, as ISO text."""

from __future__ import annotations

import random
from datetime import date, timedelta

from redone.sources.simulator.settings import WorldSettings


def some_day(day: str, earliest: int, latest: int, rng: random.Random) -> str:
    """A day between ``earliest`` and ``latest`` days after ``day``, both included."""
    return (date.fromisoformat(day) + timedelta(days=rng.randint(earliest, latest))).isoformat()


def any_day(settings: WorldSettings, rng: random.Random) -> str:
    """A day in the life of the platform."""
    length = (date.fromisoformat(settings.last_day) - date.fromisoformat(settings.first_day)).days
    return some_day(settings.first_day, 0, length, rng)
