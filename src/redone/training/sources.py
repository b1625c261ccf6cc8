"""Which item comes next: a deterministic sampler over named parts, with exact state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from redone.errors import UserError


class MixtureSampler:
    """An endless stream of indices, mixed over the parts that ``keys`` names (one key per index).

    Within a part every index comes once per pass, in an order shuffled anew for each pass. Parts take turns
    by largest remaining credit, so that after any n draws each part has its share of n to within a few draws.
    Without ``weights`` all indices form one part. Two samplers with the same arguments and state go on alike.

    Raises:
        UserError: no items; a weight below 0, for an unknown part, or none above 0.

    """

    def __init__(self, keys: Sequence[str], weights: Mapping[str, float] | None, seed: int) -> None:
        if not keys:
            raise UserError("there is nothing to draw from; give at least one item")
        self._seed = seed
        self._parts: dict[str, list[int]] = {}
        for index, key in enumerate(keys):
            self._parts.setdefault(key if weights is not None else "", []).append(index)
        self._names = sorted(self._parts)
        self._drawn = dict.fromkeys(self._names, 0)
        self._credit = dict.fromkeys(self._names, 0.0)
        self._orders: dict[str, tuple[int, np.ndarray[Any, Any]]] = {}
        self.set_weights(weights if weights is not None else {"": 1.0})

    def set_weights(self, weights: Mapping[str, float]) -> None:
        """Mix in these proportions from here on; parts that are not named get nothing."""
        for name, weight in weights.items():
            if name not in self._parts:
                raise UserError(f"weight for {name!r}, but the parts are: {', '.join(self._names)}")
            if not weight >= 0 or weight == float("inf"):
                raise UserError(f"the weight of {name!r} is {weight}; it must be a number of at least 0")
        total = sum(weights.values())
        if total <= 0:
            raise UserError("all mixing weights are 0; at least one must be above")
        self._weights = {name: float(weights.get(name, 0.0)) / total for name in self._names}

    @property
    def names(self) -> list[str]:
        """The parts, sorted."""
        return list(self._names)

    def draw(self) -> int:
        """The next index."""
        for name in self._names:
            self._credit[name] += self._weights[name]
        chosen = max((n for n in self._names if self._weights[n] > 0), key=lambda name: self._credit[name])
        self._credit[chosen] -= 1.0
        part = self._parts[chosen]
        sweep, place = divmod(self._drawn[chosen], len(part))
        self._drawn[chosen] += 1
        return part[int(self._order(chosen, sweep)[place])]

    def state_dict(self) -> dict[str, Any]:
        """Everything that ``load_state_dict`` needs, as JSON."""
        return {"drawn": dict(self._drawn), "credit": dict(self._credit), "weights": dict(self._weights)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where ``state`` was taken.

        Raises:
            UserError: the state is of other parts.

        """
        if sorted(state["drawn"]) != self._names:
            raise UserError(
                f"the sampler's state has parts {sorted(state['drawn'])}, the data has {self._names}"
            )
        self._drawn = {name: int(state["drawn"][name]) for name in self._names}
        self._credit = {name: float(state["credit"][name]) for name in self._names}
        self._weights = {name: float(state["weights"][name]) for name in self._names}

    def _order(self, name: str, sweep: int) -> np.ndarray[Any, Any]:
        held = self._orders.get(name)
        if held is None or held[0] != sweep:
            number = self._names.index(name)
            held = (
                sweep,
                np.random.default_rng([self._seed, number, sweep]).permutation(len(self._parts[name])),
            )
            self._orders[name] = held
        return held[1]
