"""Counts, means and covariances of what units did: all that the tests below need to know about an arm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

NUMERATOR, DENOMINATOR, BEFORE_NUMERATOR, BEFORE_DENOMINATOR = range(4)
"""Places in a unit's vector: sums during the experiment, and before it."""


@dataclass(frozen=True, slots=True)
class Moments:
    """An arm's units. Shapes: ``count`` (...), ``mean`` (..., 4), ``cov`` (..., 4, 4), unbiased."""

    count: Array
    mean: Array
    cov: Array


def moments(values: npt.ArrayLike) -> Moments:
    """The moments of vectors with shape (..., units, 4); with one unit the covariance is not a number."""
    data = np.asarray(values, dtype=np.float64)
    count = data.shape[-2]
    mean = data.mean(axis=-2)
    centred = data - mean[..., None, :]
    with np.errstate(invalid="ignore", divide="ignore"):
        cov = np.swapaxes(centred, -1, -2) @ centred / np.float64(count - 1)
    return Moments(np.full(mean.shape[:-1], float(count)), mean, cov)


def unit_vectors(
    numerator: npt.ArrayLike,
    denominator: npt.ArrayLike | None = None,
    before: npt.ArrayLike | None = None,
    before_denominator: npt.ArrayLike | None = None,
) -> Array:
    """Stack sums per unit into vectors; an absent denominator is 1 (a plain mean), absent history is 0."""
    top = np.asarray(numerator, dtype=np.float64)
    history = np.zeros_like(top) if before is None else np.asarray(before, dtype=np.float64)
    blank = np.zeros_like(top) if before is None else np.ones_like(top)
    below = blank if before_denominator is None else np.asarray(before_denominator, dtype=np.float64)
    bottom = np.ones_like(top) if denominator is None else np.asarray(denominator, dtype=np.float64)
    return np.stack([top, bottom, history, below], axis=-1)
