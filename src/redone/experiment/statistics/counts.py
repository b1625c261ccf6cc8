"""Tests on counts: whether the arms got their shares of the units, and whether two shares differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import stats


@dataclass(frozen=True, slots=True)
class Test:
    """A statistic with its p-value; not a number where there is nothing to test."""

    statistic: float
    p_value: float


def sample_ratio(counts: Sequence[int], weights: Sequence[float]) -> Test:
    """Pearson's chi-square of the units per arm against the planned weights.

    A mismatch means that units were lost or added on the way (redirects, crashes, filters), and then no
    metric can be trusted (Fabijan et al. 2019, "Diagnosing Sample Ratio Mismatch").
    """
    seen = np.asarray(counts, dtype=np.float64)
    share = np.asarray(weights, dtype=np.float64) / np.sum(weights)
    if seen.sum() == 0:
        return Test(float("nan"), float("nan"))
    expected = seen.sum() * share
    statistic = float(((seen - expected) ** 2 / expected).sum())
    return Test(statistic, float(stats.chi2.sf(statistic, len(seen) - 1)))


def two_proportions(successes: tuple[int, int], trials: tuple[int, int]) -> Test:
    """The two-sided z-test of two shares with pooled variance; statistic of the second minus the first."""
    if min(trials) < 1:
        return Test(float("nan"), float("nan"))
    pooled = sum(successes) / sum(trials)
    error = sqrt(pooled * (1 - pooled) * (1 / trials[0] + 1 / trials[1]))
    if error == 0:
        return Test(float("nan"), float("nan"))
    z = (successes[1] / trials[1] - successes[0] / trials[0]) / error
    return Test(z, float(2 * stats.norm.sf(abs(z))))
