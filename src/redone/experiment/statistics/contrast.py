"""Treatment against control: the difference, the relative change, and their standard errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from redone.experiment.statistics.cuped import adjusted
from redone.experiment.statistics.moments import Array, Moments
from redone.experiment.statistics.ratio import ArmRatio, ratio


@dataclass(frozen=True, slots=True)
class Contrast:
    """``difference`` is treatment minus control; ``log_ratio`` the logarithm of treatment over control.

    Entries are not numbers where an arm has no denominator, fewer than two units, or (``log_ratio``) a ratio
    that is not above zero. ``freedom`` is Welch's, for a single test.
    """

    control: Array
    treatment: Array
    difference: Array
    variance: Array
    log_ratio: Array
    log_variance: Array
    freedom: Array


def contrast(control: Moments, treatment: Moments, *, cuped: bool) -> Contrast:
    """Compare two arms, with the history of their units where ``cuped`` is set."""
    left, right = adjusted(control, treatment) if cuped else (ratio(control), ratio(treatment))
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = left.variance + right.variance
        both = (left.value > 0) & (right.value > 0)
        log_ratio = np.where(both, np.log(right.value / left.value), np.nan)
        log_variance = left.variance / left.value**2 + right.variance / right.value**2
        freedom = variance**2 / (_part(left) + _part(right))
    return Contrast(
        left.value, right.value, right.value - left.value, variance, log_ratio, log_variance, freedom
    )


def _part(arm: ArmRatio) -> Array:
    return arm.variance**2 / (arm.count - 1)


def welch(result: Contrast, alpha: float) -> tuple[Array, Array]:
    """p-value and half-width of the interval of a single look (Welch's t-test on the units' shares)."""
    error = np.sqrt(result.variance)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = 2 * stats.t.sf(np.abs(result.difference) / error, result.freedom)
    return np.asarray(p), np.asarray(stats.t.ppf(1 - alpha / 2, result.freedom) * error)
