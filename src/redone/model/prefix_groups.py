"""Which prompts begin alike: groups whose common beginning is worth reading once, and the fewest tokens to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

DEPTHS = (8, 16, 32, 64, 128, 256, 512, 1024, 2048)
"""Numbers of first tokens by which prompts may be grouped; the one that saves most is taken."""
GROUP_COST = 128
"""Tokens that a further group has to save: its beginning is read alone, in a pass that is not full."""


@dataclass(frozen=True, slots=True, eq=False)
class PrefixGroup:
    """Places of prompts that share their first ``prefix`` tokens, each having at least one more."""

    prefix: int
    members: tuple[int, ...]


def prefix_groups(prompts: Sequence[Sequence[int]]) -> list[PrefixGroup]:
    """Put prompts into groups that begin alike, such that most tokens are saved; the rest share nothing."""
    order = sorted(range(len(prompts)), key=lambda at: tuple(prompts[at]))
    common = [_common(prompts[a], prompts[b]) for a, b in pairwise(order)]
    best, most = [PrefixGroup(0, tuple(order))] if order else [], 0
    for depth in DEPTHS:
        groups = _grouped(prompts, order, common, depth)
        saved = sum(group.prefix * (len(group.members) - 1) for group in groups)
        saved -= GROUP_COST * (len(groups) - 1)
        if saved > most:
            best, most = groups, saved
    return best


def _grouped(
    prompts: Sequence[Sequence[int]], order: Sequence[int], common: Sequence[int], depth: int
) -> list[PrefixGroup]:
    runs: list[list[int]] = []
    for place, at in enumerate(order):
        if place and depth <= common[place - 1]:
            runs[-1].append(at)
        else:
            runs.append([at])
    alone = [at for run in runs if len(run) == 1 for at in run]
    groups = [_group(prompts, run) for run in runs if len(run) > 1]
    return [*groups, *([PrefixGroup(0, tuple(alone))] if alone else [])]


def _group(prompts: Sequence[Sequence[int]], run: Sequence[int]) -> PrefixGroup:
    # In lexicographic order, what the first and the last share is shared by all.
    shared = _common(prompts[run[0]], prompts[run[-1]])
    return PrefixGroup(min(shared, *(len(prompts[at]) - 1 for at in run)), tuple(run))


def distinct_tokens(prompts: Sequence[Sequence[int]]) -> int:
    """Count the nodes of the prompts' prefix tree: tokens that have to be read whatever the method."""
    ordered = sorted(tuple(prompt) for prompt in prompts)
    shared = sum(_common(a, b) for a, b in pairwise(ordered))
    return sum(map(len, ordered)) - shared


def _common(left: Sequence[int], right: Sequence[int]) -> int:
    size = min(len(left), len(right))
    return next((at for at in range(size) if left[at] != right[at]), size)
