"""Ratio metrics by the delta method.

The unit of randomisation is a user, the metric is a ratio of sums over users (clicks per page), so rows are
not independent and the binomial formula is wrong. To first order the ratio behaves like the mean of
``(x - R y) / mean(y)`` over users (Deng, Knoblich and Lu 2018, "Applying the Delta Method in Metric
Analytics"). It equals the cluster-robust variance of a regression on rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from redone.experiment.statistics.moments import DENOMINATOR, NUMERATOR, Array, Moments

_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class ArmRatio:
    """A ratio, and the variance of one unit's share in it; the variance of ``value`` is ``spread / count``."""

    value: Array
    spread: Array
    count: Array

    @property
    def variance(self) -> Array:
        """The variance of ``value``."""
        return self.spread / self.count


def ratio(arm: Moments) -> ArmRatio:
    """The ratio of an arm; not a number where the denominator is zero."""
    weights = gradient(arm.mean, NUMERATOR, DENOMINATOR)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = arm.mean[..., NUMERATOR] / arm.mean[..., DENOMINATOR]
    spread = quadratic(weights, arm.cov, weights)
    parts = np.einsum("...i,...ii->...", weights**2, arm.cov)
    # Terms that cancel leave rounding behind: units that do not vary must have no variance at all.
    return ArmRatio(value, np.where(spread > _ROUNDING * parts, spread, spread * 0), arm.count)


def gradient(mean: Array, top: int, bottom: int) -> Array:
    """The derivative of ``mean[top] / mean[bottom]`` by the means, shape (..., 4)."""
    weights = np.zeros_like(mean)
    with np.errstate(invalid="ignore", divide="ignore"):
        weights[..., top] = 1 / mean[..., bottom]
        weights[..., bottom] = -mean[..., top] / mean[..., bottom] ** 2
    return weights


def quadratic(left: Array, cov: Array, right: Array) -> Array:
    """``left' cov right`` over the leading axes."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.einsum("...i,...ij,...j->...", left, cov, right))
