"""Drawing from many sources in stated ratios: over tasks with a floor, and with a share of rationales.

RedOne 2.0 balances stage 1 over tasks so that long-tail tasks stay visible, and raises the share of examples
with a rationale to 57.18 % in stage 3; it gives no formula (section 3.2). Ours: shares follow what a source
has to a power below 1, none falls under a floor, and every stretch of the stream keeps the ratios, because
each step takes from the source that is furthest behind. The order depends on counts alone, so a stream that
is resumed from its state goes on as if it had never stopped.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from redone.errors import UserError
from redone.records import Example

T = TypeVar("T")


def balanced_shares(sizes: Mapping[str, int], *, floor: float = 0.0, power: float = 0.5) -> dict[str, float]:
    """Task -> share of the examples; shares add up to 1.

    ``sizes`` are the examples that each task has; ``power`` 1 keeps their proportions, 0 gives equal shares.
    No task gets less than ``floor`` (a share), however little it has.

    Raises:
        UserError: a floor that the tasks cannot all have, a power outside 0..1, or no examples.

    """
    known = {task: size for task, size in sizes.items() if size > 0}
    if not known:
        raise UserError("balanced_shares: no task has an example")
    if not 0.0 <= floor * len(known) <= 1.0:
        raise UserError(
            f"floor is {floor}: {len(known)} tasks cannot each have it; give at most {1 / len(known):.4f}"
        )
    if not 0.0 <= power <= 1.0:
        raise UserError(f"power is {power}: give a number from 0 to 1")
    free = {task: size**power for task, size in known.items()}
    held: dict[str, float] = {}
    while True:
        room, total = 1.0 - floor * len(held), sum(free.values())
        low = [task for task, weight in free.items() if room * weight / total < floor]
        if not low:
            return held | {task: room * weight / total for task, weight in free.items()}
        for task in low:
            held[task] = floor
            del free[task]
        if not free:
            return {task: 1.0 / len(known) for task in known}


def with_rationales(
    shares: Mapping[str, float], reasoned: Mapping[str, bool], share: float
) -> dict[str, float]:
    """The shares rescaled so that the sources marked in ``reasoned`` make up ``share`` together.

    Raises:
        UserError: ``share`` is outside 0..1, or asks for rationales (or for their absence) that no source has.

    """
    if not 0.0 <= share <= 1.0:
        raise UserError(f"rationale_share is {share}: give a number from 0 to 1")
    totals = {kind: sum(s for name, s in shares.items() if reasoned[name] == kind) for kind in (True, False)}
    for kind, wanted in ((True, share), (False, 1.0 - share)):
        if wanted > 0 and totals[kind] == 0:
            have = "with" if kind else "without"
            raise UserError(f"rationale_share is {share}: there are no examples {have} a rationale")
    wanted_by = {True: share, False: 1.0 - share}
    return {
        name: value * wanted_by[reasoned[name]] / totals[reasoned[name]]
        for name, value in shares.items()
        if wanted_by[reasoned[name]] > 0
    }


@dataclass(frozen=True, slots=True)
class MixState:
    """Where a mixture stands: how many items each source has given."""

    given: Mapping[str, int]


class Mixture(Generic[T]):
    """An endless stream over sources in fixed shares; after n items a source has given its share of n, +-1.

    A source is walked in an order of its own, drawn by the seed anew for every pass, so that no item comes
    twice before all have come. ``state`` and ``resume`` carry the position over an interruption.
    """

    def __init__(self, sources: Mapping[str, Sequence[T]], shares: Mapping[str, float], seed: int) -> None:
        empty = [name for name in shares if not sources.get(name)]
        if empty:
            raise UserError(f"mixture: source {empty[0]!r} has a share and no items")
        total = sum(shares.values())
        if not total > 0 or min(shares.values()) < 0:
            raise UserError("mixture: shares must not be negative, and one must be above zero")
        self._sources = {name: sources[name] for name in shares}
        self._shares = {name: share / total for name, share in shares.items() if share > 0}
        self._seed = seed
        self._given = dict.fromkeys(self._shares, 0)
        self._orders: dict[str, tuple[int, list[int]]] = {}

    @property
    def state(self) -> MixState:
        """The position, to be kept with a checkpoint."""
        return MixState(dict(self._given))

    def resume(self, state: MixState) -> None:
        """Go on from a position.

        Raises:
            UserError: the position belongs to other sources.

        """
        if set(state.given) != set(self._given):
            raise UserError("mixture: the saved position is of other sources; start anew")
        self._given = dict(state.given)

    def __iter__(self) -> Iterator[T]:
        while True:
            yield self.draw()

    def draw(self) -> T:
        """The next item, of the source that is furthest behind its share (the first of several)."""
        after = sum(self._given.values()) + 1
        name = max(self._shares, key=lambda source: self._shares[source] * after - self._given[source])
        count = self._given[name]
        self._given[name] += 1
        items = self._sources[name]
        return items[self._order(name, count // len(items))[count % len(items)]]

    def _order(self, name: str, turn: int) -> list[int]:
        known = self._orders.get(name)
        if known is None or known[0] != turn:
            order = list(range(len(self._sources[name])))
            random.Random(f"{self._seed}/{name}/{turn}").shuffle(order)
            known = self._orders[name] = (turn, order)
        return known[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class MixSettings:
    """``floor`` is the least share of any task, ``rationale_share`` that of examples with a rationale.

    None leaves rationales as they come.
    """

    seed: int
    floor: float = 0.002
    power: float = 0.5
    rationale_share: float | None = None


def mix_examples(examples: Sequence[Example], settings: MixSettings) -> Mixture[Example]:
    """A mixture over the tasks of the examples, balanced with a floor, with the asked share of rationales."""
    sources: dict[str, list[Example]] = {}
    for example in examples:
        kind = "reasoned" if example.rationale and settings.rationale_share is not None else "plain"
        sources.setdefault(f"{example.task}/{kind}", []).append(example)
    shares = balanced_shares(_sizes(sources), floor=settings.floor, power=settings.power)
    if settings.rationale_share is not None:
        reasoned = {name: name.endswith("/reasoned") for name in shares}
        shares = with_rationales(shares, reasoned, settings.rationale_share)
    return Mixture(sources, shares, settings.seed)


def _sizes(sources: Mapping[str, Sequence[Example]]) -> dict[str, int]:
    return {name: len(items) for name, items in sources.items()}
