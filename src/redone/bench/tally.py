"""Scores as functions of sums over items, so that one bootstrap serves every metric.

Micro F1, macro F1 and corpus means are not means of item scores, but each is a function of sums of per-item
counts. A scorer therefore returns the counts and that function; resampling items is resampling rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Measure = Callable[[Sequence[float]], Mapping[str, float]]

RESAMPLES = 1000
_WEIGHTS_AT_ONCE = 4_000_000
"""Weights held in memory at a time (32 MB)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a scorer found.

    ``counts`` is ``[items, k]``; ``measure`` turns the k column sums into named values on 0..100, of which
    ``headline`` is the score. ``credit`` ``[items]`` is how right each item is, 0..1, for seeing which items
    two models differ on. ``unread`` counts outputs that hold no answer, ``notes`` are for people.
    """

    counts: FloatArray
    measure: Measure
    headline: str
    credit: FloatArray
    unread: int = 0
    notes: tuple[str, ...] = ()
    extras: Mapping[str, float] = field(default_factory=dict)

    def values(self) -> dict[str, float]:
        """Return every named value over all items, the corpus-level extras included."""
        return dict(self.measure(self.counts.sum(axis=0).tolist())) | dict(self.extras)

    def score(self) -> float:
        """Return the headline value."""
        return self.values()[self.headline]

    def only(self, rows: Sequence[int]) -> Tally:
        """Return the tally of some of the items, by place."""
        chosen = list(rows)
        return replace(self, counts=self.counts[chosen], credit=self.credit[chosen])

    def resampled(self, seed: int, resamples: int = RESAMPLES) -> FloatArray:
        """Return the headline of ``resamples`` bootstrap samples of the items.

        Equal seeds and item counts draw the same items, which is what makes a comparison paired.
        """
        sums = resampled_sums(self.counts, seed, resamples)
        return np.asarray([self.measure(row)[self.headline] for row in sums.tolist()])


def resampled_sums(counts: FloatArray, seed: int, resamples: int = RESAMPLES) -> FloatArray:
    """Return the column sums ``[resamples, k]`` of items drawn with replacement."""
    size = len(counts)
    generator = np.random.default_rng(seed)
    step = max(1, _WEIGHTS_AT_ONCE // size)
    parts = []
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        drawn = generator.integers(size, size=(rows, size)) + np.arange(rows)[:, None] * size
        weights = np.bincount(drawn.ravel(), minlength=rows * size).reshape(rows, size)
        parts.append(weights.astype(np.float64) @ counts)
    return np.concatenate(parts)


def share_tally(credit: Sequence[float], *, headline: str = "accuracy", unread: int = 0) -> Tally:
    """Return the tally of a plain mean of item credits, on 0..100."""
    values = np.asarray(credit, dtype=np.float64)
    counts = np.column_stack([values, np.ones_like(values)])
    return Tally(
        counts=counts,
        measure=lambda sums: {headline: 100 * sums[0] / sums[1] if sums[1] else 0.0},
        headline=headline,
        credit=values,
        unread=unread,
    )


def grouped_tally(
    credit: Sequence[float],
    groups: Sequence[str],
    *,
    headline: str,
    unread: int = 0,
    weights: Sequence[float] | None = None,
) -> Tally:
    """Return the tally of an unweighted mean over groups; each group and the item-weighted mean beside it.

    ``weights`` are the parts (sub-questions) that an item counts as within its group. A group that a
    bootstrap sample leaves empty is left out of that sample's mean.
    """
    values = np.asarray(credit, dtype=np.float64)
    names = sorted(set(groups))
    place = {name: at for at, name in enumerate(names)}
    places = np.asarray([place[group] for group in groups])
    parts = np.ones_like(values) if weights is None else np.asarray(weights, dtype=np.float64)
    counts = np.zeros((len(values), 2 * len(names)))
    rows = np.arange(len(values))
    counts[rows, 2 * places] = values * parts
    counts[rows, 2 * places + 1] = parts

    def measure(sums: Sequence[float]) -> dict[str, float]:
        right, total = sums[0::2], sums[1::2]
        columns = zip(names, right, total, strict=True)
        shares = {name: 100 * part / whole for name, part, whole in columns if whole}
        mean = sum(shares.values()) / len(shares)
        return {headline: mean, "item-weighted": 100 * sum(right) / sum(total)} | {
            f"{headline}/{name}": share for name, share in shares.items()
        }

    return Tally(counts=counts, measure=measure, headline=headline, credit=values, unread=unread)
