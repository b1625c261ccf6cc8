"""Names for requests and answers: unique, short, and no secret."""

from __future__ import annotations

import random

_DRAWN = random.Random()
"""Seeded by the system once. Asking it for every request costs a system call, and hands the interpreter over."""


def new_name(prefix: str, digits: int) -> str:
    """A prefix and so many hexadecimal digits."""
    return f"{prefix}-{_DRAWN.getrandbits(4 * digits):0{digits}x}"


def new_seed() -> int:
    """A seed for an answer that was asked for without one."""
    return _DRAWN.getrandbits(62)
