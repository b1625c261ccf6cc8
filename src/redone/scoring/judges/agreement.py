"""How far a judge agrees with the experts, beyond chance and beyond a taste for length.

Cohen's kappa over the pairs that both labelled. Three things make it hard to earn: every pair counts in both
orders, so that no place is worth anything; pairs in which the experts prefer the longer answer weigh as much, in
sum, as those in which they prefer the shorter one, so that a judge that always takes the longer answer stands at
0 whatever the experts like; and the admission looks at the lower end of a bootstrap interval over prompts. The
paper (RedOne 1.0) speaks of judges that agree with experts and gives no measure; all of this is our choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from redone.scoring.judges.protocol import Duel, Verdict, Winner
from redone.scoring.statistics import Interval
from redone.scoring.tokens import tokenise

_PLACES: dict[Winner, int] = {"a": 0, "b": 1, "tie": 2}
_SWAP = np.array([1, 0, 2])
LONGER, SHORTER, EVEN = range(3)

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One pair that experts and a judge looked at. ``unit`` is what the bootstrap resamples (the prompt)."""

    duel: Duel
    expert: Winner
    verdict: Verdict

    @property
    def unit(self) -> str:
        """Pairs of one prompt stand and fall together."""
        return self.duel.question.id


def kappa(
    pairs: Sequence[Compared], *, level: float = 0.95, resamples: int = 2000, seed: int = 0
) -> Interval | None:
    """Length-balanced, order-free kappa with its interval; None when it cannot be told from length.

    That is the case when no pair is labelled by both, or when the experts preferred the longer answer in all
    pairs, or the shorter one in all.
    """
    known = [pair for pair in pairs if pair.verdict.winner is not None]
    units = sorted({pair.unit for pair in known})
    if not units:
        return None
    places = {unit: place for place, unit in enumerate(units)}
    tables = np.zeros((len(units), 3, 3, 3))
    for pair in known:
        assert pair.verdict.winner is not None
        cell = (_PLACES[pair.expert], _PLACES[pair.verdict.winner])
        tables[places[pair.unit], _stratum(pair), cell[0], cell[1]] += 0.5
        tables[places[pair.unit], _stratum(pair), _SWAP[cell[0]], _SWAP[cell[1]]] += 0.5
    whole = tables.sum(0)
    if not whole[LONGER].sum() or not whole[SHORTER].sum():
        return None
    counts = np.random.default_rng(seed).multinomial(len(units), [1 / len(units)] * len(units), resamples)
    drawn = _kappas((counts @ tables.reshape(len(units), -1)).reshape(-1, 3, 3, 3))
    ends = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(_kappas(whole[None])[0]), float(ends[0]), float(ends[1]))


def _stratum(pair: Compared) -> int:
    """Whether the experts preferred the longer answer; ties and equal lengths say nothing about length."""
    gap = len(tokenise(pair.duel.answer_a)) - len(tokenise(pair.duel.answer_b))
    if pair.expert == "tie" or not gap:
        return EVEN
    return LONGER if (gap > 0) == (pair.expert == "a") else SHORTER


def _kappas(tables: Array) -> Array:
    """Kappa of each of [n, stratum, expert, judge] after both length strata are given the same weight."""
    sums = tables.sum((2, 3))
    both = (sums[:, LONGER] + sums[:, SHORTER]) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = np.stack([both / sums[:, LONGER], both / sums[:, SHORTER], np.ones_like(both)], axis=1)
        # A resample without one stratum tells nothing: it counts as no agreement.
        lost = ~np.isfinite(weights).all(1)
        table = (np.nan_to_num(weights, posinf=0.0)[:, :, None, None] * tables).sum(1)
        table /= table.sum((1, 2), keepdims=True)
        seen = np.trace(table, axis1=1, axis2=2)
        chance = (table.sum(2) * table.sum(1)).sum(1)
        values: Any = (seen - chance) / (1 - chance)
    return np.where(lost | ~np.isfinite(values), 0.0, values)
