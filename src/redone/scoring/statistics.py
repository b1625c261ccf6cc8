"""How sure a score is: intervals for means and shares, and pass@k."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, t

from redone.errors import UserError

_RESAMPLES_AT_ONCE = 4_000_000
"""Drawn indices held in memory at a time (32 MB)."""


class Interval(NamedTuple):
    """An estimate with the lower and upper end of its confidence interval."""

    value: float
    low: float
    high: float


def bootstrap_mean(
    values: Sequence[float], *, level: float = 0.95, resamples: int = 2000, seed: int = 0
) -> Interval:
    """Return the mean with its percentile bootstrap interval; the same seed gives the same interval.

    Where one prompt was sampled several times, pass one value per prompt (its mean): the prompts are the
    independent units, and resampling single answers would make the interval too narrow.

    Raises:
        UserError: there is no value, a value is not finite, or the settings are out of range.

    """
    data = _checked(values, level, resamples)
    means = _resampled_means(data, resamples, seed)
    return Interval(float(data.mean()), *percentile_interval(means, level))


def stratified_mean(
    strata: Sequence[Sequence[float]], *, level: float = 0.95, resamples: int = 2000, seed: int = 0
) -> Interval:
    """Return the plain mean of the strata's means; the bootstrap resamples items within each stratum.

    This is a suite score: every task counts alike, however many items it has.

    Raises:
        UserError: there is no stratum, or one of them is refused by ``bootstrap_mean``.

    """
    if not strata:
        raise UserError("a suite score needs at least one task")
    parts = [
        _resampled_means(_checked(values, level, resamples), resamples, seed + place)
        for place, values in enumerate(strata)
    ]
    value = float(np.mean([np.mean(values) for values in strata]))
    return Interval(value, *percentile_interval(np.mean(parts, axis=0), level))


def t_interval(values: Sequence[float], *, level: float = 0.95) -> Interval:
    """Return the mean with its interval by Student's t: for a handful of independent values, as from seeds.

    Raises:
        UserError: there are fewer than two values, one is not finite, or the level is out of range.

    """
    data = _checked(values, level, 1)
    if len(data) < 2:
        raise UserError("an interval over seeds needs two of them at least")
    half = float(t.ppf((1 + level) / 2, len(data) - 1) * data.std(ddof=1) / sqrt(len(data)))
    mean = float(data.mean())
    return Interval(mean, mean - half, mean + half)


def wilson_interval(successes: int, trials: int, *, level: float = 0.95) -> Interval:
    """Return a share with its Wilson score interval, which holds for few trials and for shares of 0 and 1.

    Raises:
        UserError: there are no trials, or more successes than trials.

    """
    if trials < 1 or not 0 <= successes <= trials:
        raise UserError(f"share of {successes} in {trials}: needs at least one trial and no more successes")
    _checked([0.0], level, 1)
    z = float(norm.ppf((1 + level) / 2))
    share = successes / trials
    centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == trials else min(1.0, centre + half)
    return Interval(share, low, high)


def pass_at_k(samples: int, correct: int, k: int) -> float:
    """Return the unbiased chance that at least one of k samples is right (Chen et al. 2021, Eq. 1).

    Of ``samples`` answers drawn, ``correct`` were right: 1 - C(samples - correct, k) / C(samples, k).

    Raises:
        UserError: k is not in 1..samples, or correct not in 0..samples.

    """
    if not 1 <= k <= samples or not 0 <= correct <= samples:
        raise UserError(
            f"pass@{k} of {samples} samples with {correct} right: needs 1 <= k <= samples >= right"
        )
    if samples - correct < k:
        return 1.0
    missed = 1.0
    for total in range(samples - correct + 1, samples + 1):
        missed *= 1.0 - k / total
    return 1.0 - missed


def _checked(values: Sequence[float], level: float, resamples: int) -> npt.NDArray[np.float64]:
    data = np.asarray(values, dtype=np.float64)
    if data.ndim != 1 or data.size == 0:
        raise UserError("an interval needs at least one value")
    if not np.isfinite(data).all():
        raise UserError("an interval needs finite values; leave unscored items out and count them")
    if not 0 < level < 1 or resamples < 1:
        raise UserError(f"level {level} must lie between 0 and 1, and resamples {resamples} be at least 1")
    return data


def _resampled_means(data: npt.NDArray[np.float64], resamples: int, seed: int) -> npt.NDArray[np.float64]:
    generator = np.random.default_rng(seed)
    step = max(1, _RESAMPLES_AT_ONCE // data.size)
    parts = [
        data[generator.integers(data.size, size=(min(step, resamples - start), data.size))].mean(axis=1)
        for start in range(0, resamples, step)
    ]
    return np.concatenate(parts)


def percentile_interval(means: npt.NDArray[np.float64], level: float = 0.95) -> tuple[float, float]:
    """Return the ends between which ``level`` of the bootstrap's draws lie."""
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
