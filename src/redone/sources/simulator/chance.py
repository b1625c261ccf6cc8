"""Random numbers that depend on names, not on the order of use.

Every random decision of the simulator comes from a generator keyed by the world's seed and the name of the
thing that is decided. So a block is the same whether it is made first or last, alone or among others.
Python's own ``hash`` is salted per process and is never used.
"""

from __future__ import annotations

import random
from hashlib import blake2b

_SEPARATOR = "\x1f"


def number(*key: object) -> int:
    """A 64-bit number that any process computes alike from the key's text."""
    text = _SEPARATOR.join(str(part) for part in key)
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def share(*key: object) -> float:
    """A number in [0, 1) from the key, uniform over keys."""
    return number(*key) / 2**64


def keyed(*key: object) -> random.Random:
    """A generator of its own for the thing that the key names."""
    return random.Random(number(*key))
