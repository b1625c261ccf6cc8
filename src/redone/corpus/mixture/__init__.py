"""How much of which source to read: candidate mixtures, a regression from weights to loss, a gate, a cap.

After RegMix (arXiv 2407.01492): small models are trained on random mixtures, a regression learns how the loss
depends on the weights, and the best predicted mixture is used. Nothing here trains; the caller brings losses.
"""

from redone.corpus.mixture.candidates import dirichlet_mixtures
from redone.corpus.mixture.limits import capped, repetition_limits
from redone.corpus.mixture.regression import KINDS, Regression, fit_regression
from redone.corpus.mixture.search import Found, Measured, best_mixture, rank_correlation, search_mixture

__all__ = [
    "KINDS",
    "Found",
    "Measured",
    "Regression",
    "best_mixture",
    "capped",
    "dirichlet_mixtures",
    "fit_regression",
    "rank_correlation",
    "repetition_limits",
    "search_mixture",
]
