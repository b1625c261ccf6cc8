"""The repetition cap: no source may be read more often than a few times over."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from redone.errors import UserError

Weights = npt.NDArray[np.float64]


def repetition_limits(sizes: Weights, tokens: int, max_repeats: float) -> Weights:
    """The largest weight of each source, [K], when ``tokens`` are read in all and none repeats more often.

    ``sizes``: [K] tokens that each source has.

    Raises:
        UserError: all sources together, repeated as often as allowed, are fewer than ``tokens``.

    """
    limits = np.minimum(1.0, max_repeats * sizes / tokens)
    if limits.sum() < 1.0 - 1e-9:
        raise UserError(
            f"{tokens} tokens are asked for, but the sources hold {int(sizes.sum())} and may be repeated at most "
            f"{max_repeats:g} times; read fewer tokens, allow more repeats or add text"
        )
    return limits


def capped(weights: Weights, limits: Weights) -> Weights:
    """The weights, [..., K], with everything above a limit handed to the other sources in their ratio.

    Rows add up to 1. A source with weight 0 gets something only when all others are full.
    """
    weights = weights / weights.sum(axis=-1, keepdims=True)
    full = np.zeros(weights.shape, dtype=bool)
    for _ in range(weights.shape[-1]):
        over = weights > limits + 1e-12
        if not over.any():
            break
        full |= over
        weights = np.where(full, limits, weights)
        weights = _filled_up(weights, full, limits)
    return np.minimum(weights, limits)


def _filled_up(weights: Weights, full: npt.NDArray[np.bool_], limits: Weights) -> Weights:
    """Hand what is missing to 1 to the sources that are not full: by weight, or by room where none has any."""
    missing = 1.0 - weights.sum(axis=-1, keepdims=True)
    free = np.where(full, 0.0, weights)
    empty = free.sum(axis=-1, keepdims=True) <= 1e-12
    base = np.where(empty, np.where(full, 0.0, limits), free)
    total = base.sum(axis=-1, keepdims=True)
    result: Weights = weights + missing * base / np.where(total > 0, total, 1.0)
    return result
