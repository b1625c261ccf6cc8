"""Random mixtures around a prior, from nearly equal to nearly one source alone."""

from __future__ import annotations

import numpy as np

from redone.corpus.mixture.limits import Weights, capped

STRENGTHS = (0.3, 5.0)
"""Range of the Dirichlet strength, drawn evenly on a log scale; 1 is the flat distribution when the prior is even.

RegMix draws from 0.1 to 5; below 0.3 nearly every candidate is one source alone, which few proxies cannot afford.
"""
FLOOR = 0.002
"""Least weight of a source in a candidate, so that its logarithm says something."""


def dirichlet_mixtures(
    prior: Weights, limits: Weights, *, count: int, seed: int, strengths: tuple[float, float] = STRENGTHS
) -> Weights:
    """``count`` mixtures, [count, K], with the prior as their mean before the cap; rows add up to 1.

    ``prior``: [K] adding up to 1, all above 0; ``limits``: [K], see ``repetition_limits``.
    """
    rng = np.random.default_rng(seed)
    low, high = np.log(strengths)
    scale = np.exp(rng.uniform(low, high, size=count)) * len(prior)
    drawn = np.stack([rng.dirichlet(np.maximum(prior * s, 1e-3)) for s in scale])
    drawn = np.maximum(drawn, FLOOR)
    return capped(drawn / drawn.sum(axis=1, keepdims=True), limits)
