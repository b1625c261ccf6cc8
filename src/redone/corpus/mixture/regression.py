"""From mixture weights to loss: three kinds of fit behind one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from redone.corpus.mixture.limits import Weights
from redone.errors import UserError

OFFSET = 0.02
"""Added to weights before their logarithm: below it a source teaches little, and less of it changes little."""
PENALTIES = tuple(10.0**power for power in np.arange(-4, 2.1, 0.5))


@dataclass(frozen=True, slots=True)
class Regression:
    """A fit: ``predict`` takes mixtures, [N, K], and gives losses, [N]."""

    kind: str
    predict: Callable[[Weights], Weights]


def fit_regression(kind: str, mixtures: Weights, losses: Weights) -> Regression:
    """Fit ``losses``, [N], on ``mixtures``, [N, K].

    Kinds: ``linear`` is ridge on the weights, ``log`` ridge on their logarithms, ``lightgbm`` boosted trees with the
    settings that RegMix uses, cut down to few rows. Ridge chooses its penalty by leaving one out.

    Raises:
        UserError: an unknown kind, fewer than 4 mixtures, or ``lightgbm`` where it is not installed.

    """
    if kind not in KINDS:
        raise UserError(f"regression is {kind!r}; choose from {', '.join(KINDS)}")
    if len(mixtures) < 4:
        raise UserError(f"a regression from {len(mixtures)} mixtures says nothing; measure at least 4")
    return Regression(kind, KINDS[kind](mixtures, losses))


def _linear(mixtures: Weights, losses: Weights) -> Callable[[Weights], Weights]:
    return _ridge(mixtures, losses, lambda weights: weights)


def _log(mixtures: Weights, losses: Weights) -> Callable[[Weights], Weights]:
    return _ridge(mixtures, losses, lambda weights: np.log(weights + OFFSET))


def _ridge(
    mixtures: Weights, losses: Weights, features: Callable[[Weights], Weights]
) -> Callable[[Weights], Weights]:
    """Ridge on standardised features; the penalty with the least leave-one-out error, in closed form."""
    raw = features(mixtures)
    centre, spread = raw.mean(axis=0), raw.std(axis=0)
    spread = np.where(spread > 1e-12, spread, 1.0)
    design = (raw - centre) / spread
    middle = losses.mean()
    left, values, right = np.linalg.svd(design, full_matrices=False)
    target = left.T @ (losses - middle)
    best = min(
        PENALTIES, key=lambda penalty: _left_out_error(left, values, losses - middle, penalty * len(losses))
    )
    slope = right.T @ (target * values / (values**2 + best * len(losses)))

    def predict(weights: Weights) -> Weights:
        result: Weights = middle + (features(weights) - centre) / spread @ slope
        return result

    return predict


def _left_out_error(left: Weights, values: Weights, losses: Weights, penalty: float) -> float:
    """Mean squared error of every row predicted from the others (the hat matrix gives it without refitting)."""
    shrink = values**2 / (values**2 + penalty)
    fitted = left @ (shrink * (left.T @ losses))
    # The mean is fitted too, which takes 1/N of every row's own weight.
    own = (left**2 * shrink).sum(axis=1) + 1.0 / len(losses)
    return float(np.mean(((losses - fitted) / np.maximum(1.0 - own, 1e-6)) ** 2))


def _lightgbm(mixtures: Weights, losses: Weights) -> Callable[[Weights], Weights]:
    try:
        import lightgbm
    except ImportError as error:
        raise UserError("regression is 'lightgbm', which is not installed; use log or linear") from error
    settings = {
        "objective": "regression",
        "learning_rate": 0.05,
        "num_leaves": 7,
        "min_data_in_leaf": 3,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": 0,
        "verbosity": -1,
    }
    trees = lightgbm.train(settings, lightgbm.Dataset(mixtures, losses), num_boost_round=200)

    def predict(weights: Weights) -> Weights:
        return np.asarray(trees.predict(weights), dtype=np.float64)

    return predict


KINDS: Mapping[str, Callable[[Weights, Weights], Callable[[Weights], Weights]]] = MappingProxyType(
    {"log": _log, "linear": _linear, "lightgbm": _lightgbm}
)
