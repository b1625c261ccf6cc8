"""Which arm a unit is in: a salted hash, so that every server gives the same answer without asking anybody.

Two hashes are taken. The first, salted with the layer's name, gives one of 10,000 buckets; experiments of one
layer hold disjoint ranges of buckets and so never share a unit, while layers are independent of each other
(Tang et al. 2010, "Overlapping Experiment Infrastructure"). The second, salted with the experiment, gives the
arm, so that ending one experiment and starting the next in the same buckets deals the units anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from redone.errors import UserError
from redone.experiment.design import Design

BUCKETS = 10_000
_STEPS = 2**64
_SEPARATOR = "\x1f"


def hash_of(salt: str, unit: str) -> int:
    """A 64-bit number: BLAKE2b with 8 bytes of ``salt``, 0x1F, ``unit`` in UTF-8, read big-endian."""
    text = f"{salt}{_SEPARATOR}{unit}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")


def bucket_of(layer: str, unit: str) -> int:
    """The unit's bucket in a layer, 0 to 9,999."""
    return hash_of(f"layer/{layer}", unit) * BUCKETS // _STEPS


def assign(design: Design, unit: str) -> str | None:
    """The arm of a unit, or None when the experiment does not hold its bucket.

    Raises:
        UserError: the unit is the empty text, which would put everybody without an id into one arm.

    """
    if not unit:
        raise UserError("unit is empty: give the id of a user, device or note")
    first, last = design.buckets
    if not first <= bucket_of(design.layer, unit) < last:
        return None
    point = hash_of(f"experiment/{design.name}/{design.salt}", unit) / _STEPS
    total = sum(design.arms.values())
    for arm, weight in design.arms.items():
        point -= weight / total
        if point < 0:
            return arm
    return list(design.arms)[-1]


def check_layer(designs: Iterable[Design]) -> None:
    """Refuse experiments of one layer that claim the same buckets.

    Raises:
        UserError: two ranges overlap; the message names both experiments and the first shared bucket.

    """
    taken: dict[str, list[Design]] = {}
    for design in designs:
        for other in taken.setdefault(design.layer, []):
            low = max(design.buckets[0], other.buckets[0])
            if low < min(design.buckets[1], other.buckets[1]):
                raise UserError(
                    f"experiments {other.name!r} and {design.name!r} both hold bucket {low} of layer "
                    f"{design.layer!r}: give them disjoint ranges, or another layer"
                )
        taken[design.layer].append(design)
