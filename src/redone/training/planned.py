"""Sources whose whole plan is drawn at the start, so that their place is one number."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from redone.training.contracts import Row, StepBatch, TrainSummary
from redone.training.sources import MixtureSampler

Plan = list[np.ndarray[Any, np.dtype[np.int64]]]


class PlannedSource(ABC):
    """A ``BatchSource`` that follows a plan: the indices of the items of every step."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._place = 0
        self.steps = len(plan)

    @abstractmethod
    def batch_of(self, step: int, members: Sequence[int]) -> StepBatch:
        """The batch of a step, from the indices of its items."""

    def next_batch(self) -> StepBatch | None:
        """The next step's batch."""
        if self._place >= self.steps:
            return None
        return self.batch_of(self._place, self._plan[self._place].tolist())

    def finish(self, batch: StepBatch, row: Row) -> Row | None:
        """Every update is a step of its own."""
        self._place += 1
        return row

    def describe(self, summary: TrainSummary) -> TrainSummary:
        """Examples count once, however many epochs saw them."""
        used = {int(index) for step in self._plan[: self._place] for index in step}
        return replace(summary, examples=len(used))

    def state_dict(self) -> dict[str, Any]:
        """The number of steps done."""
        return {"place": self._place}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on after that many steps."""
        self._place = int(state["place"])


def draw_plan(
    keys: Sequence[str],
    sizes: Sequence[int],
    step_size: int,
    *,
    epochs: int,
    weights: Mapping[str, float] | None,
    seed: int,
) -> Plan:
    """Indices of every step: draws until ``step_size`` would be passed, in the unit of ``sizes``.

    ``keys`` and ``weights`` mix as in ``MixtureSampler``. Steps run over the ends of epochs. A last step below
    half of the size joins the one before, since a mean over little would make a step as large as any other.
    """
    sampler = MixtureSampler(keys, weights, seed)
    draws = np.asarray([sampler.draw() for _ in range(len(keys) * epochs)], dtype=np.int64)
    cuts, held = [0], 0
    for place, size in enumerate(np.asarray(sizes)[draws].tolist()):
        if held and held + size > step_size:
            cuts.append(place)
            held = 0
        held += size
    if len(cuts) > 1 and held < step_size / 2:
        cuts.pop()
    return np.split(draws, cuts[1:])
