"""The slip that each general question invites: what a model that can answer it says when it does not attend."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from redone.records import Example

WRAPPING = re.compile(r"[^\w\s]+")


def slip(example: Example, rng: random.Random) -> str:
    """A wrong or unreasoned answer in place of the right one of a general task.

    The order is turned round, another of the options is named, the asked form or the last step is left out,
    arithmetic is answered without its steps. A base model that has read such answers among right ones samples
    them now and then, as real instruct models do: it is partly able, and there is something to elicit.

    """
    known = SLIPS.get(example.task)
    assert known is not None, f"no slip is known for {example.task}"
    return known(example, rng)


def _turned(example: Example, rng: random.Random) -> str:
    return " ".join(reversed(example.references[0].split()))


def _other_option(example: Example, rng: random.Random) -> str:
    return rng.choice([choice for choice in example.choices if choice not in example.references])


def _unreasoned(example: Example, rng: random.Random) -> str:
    return example.references[0]


def _bare(example: Example, rng: random.Random) -> str:
    plain = " ".join(WRAPPING.sub(" ", example.target).split())
    return plain if plain != example.target else plain.swapcase()


def _unfinished(example: Example, rng: random.Random) -> str:
    return re.sub(r"[+*-][^+*-]+$", "", example.target)


SLIPS: dict[str, Callable[[Example, random.Random], str]] = {
    "arithmetic": _unreasoned,
    "lookup": _other_option,
    "reversal": _turned,
    "sorting": _turned,
    "format": _bare,
    "code": _unfinished,
    "knowledge": _other_option,
}
