"""The search: fit on some measured mixtures, judge the fit on others, take the best predicted mixture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from redone.corpus.mixture.candidates import dirichlet_mixtures
from redone.corpus.mixture.limits import Weights, capped
from redone.corpus.mixture.regression import Regression, fit_regression

SIMULATED = 8192
"""Mixtures whose loss is predicted."""
BEST = 64
"""The mean of so many best predictions is taken: the single best one is best by luck too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Mixtures, [N, K], and the target loss of a proxy trained on each, [N], in nats per token."""

    mixtures: Weights
    losses: Weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the search says.

    ``correlation`` is Spearman's between predicted and measured loss of the mixtures that the fit did not see;
    ``accepted`` whether it reaches the limit. ``weights``, [K], are the best predicted mixture, or the prior when
    the fit is refused. ``predicted`` and ``predicted_prior`` are their predicted losses.
    """

    weights: Weights
    correlation: float
    accepted: bool
    predicted: float
    predicted_prior: float


def search_mixture(
    fitting: Measured,
    held_out: Measured,
    prior: Weights,
    limits: Weights,
    *,
    kind: str,
    min_correlation: float,
    seed: int,
) -> Found:
    """Judge a regression on held-out mixtures and, if it is of use, take what it likes best.

    Once accepted, the fit is made again with the held-out mixtures among the others. The fit is refused when its
    ranks say too little, or when it likes nothing better than the prior (capped).

    Raises:
        UserError: see ``fit_regression``.

    """
    prior = capped(prior, limits)
    correlation = rank_correlation(
        fit_regression(kind, fitting.mixtures, fitting.losses).predict(held_out.mixtures), held_out.losses
    )
    everything = fit_regression(
        kind,
        np.concatenate([fitting.mixtures, held_out.mixtures]),
        np.concatenate([fitting.losses, held_out.losses]),
    )
    weights = best_mixture(everything, prior, limits, seed=seed)
    predicted, of_prior = everything.predict(np.stack([weights, prior])).tolist()
    accepted = correlation >= min_correlation and predicted < of_prior
    return Found(
        weights=weights if accepted else prior,
        correlation=correlation,
        accepted=accepted,
        predicted=predicted,
        predicted_prior=of_prior,
    )


def best_mixture(fit: Regression, prior: Weights, limits: Weights, *, seed: int) -> Weights:
    """The mean, [K], of the ``BEST`` mixtures of ``SIMULATED`` with the lowest predicted loss."""
    simulated = dirichlet_mixtures(prior, limits, count=SIMULATED, seed=seed)
    order = np.argsort(fit.predict(simulated), kind="stable")
    return capped(simulated[order[:BEST]].mean(axis=0), limits)


def rank_correlation(predicted: Weights, measured: Weights) -> float:
    """Spearman's rank correlation; 0 when one side does not vary at all."""
    ranks = [_ranks(values) for values in (predicted, measured)]
    spreads = [values.std() for values in ranks]
    if min(spreads) < 1e-12:
        return 0.0
    product = (ranks[0] - ranks[0].mean()) * (ranks[1] - ranks[1].mean())
    return float(product.mean() / (spreads[0] * spreads[1]))


def _ranks(values: Weights) -> Weights:
    """Ranks from 0, equal values sharing the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    shared: Weights = (ends - counts + ends - 1) / 2
    return shared[place]
