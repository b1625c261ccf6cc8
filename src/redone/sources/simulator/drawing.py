"""Drawing from the lexicon, with a message for those who ask for more than there is."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

from redone.errors import UserError

T = TypeVar("T")


def draw(rng: random.Random, items: Sequence[T], count: int, name: str) -> tuple[T, ...]:
    """``count`` different items in random order.

    Raises:
        UserError: there are not as many; the message names the setting ``name``.

    """
    if count > len(items):
        raise UserError(f"simulator.{name} is {count}: the lexicon has {len(items)}; ask for no more")
    return tuple(rng.sample(items, count))
