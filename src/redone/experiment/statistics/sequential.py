"""Confidence sequences: intervals that hold at all looks together, so anybody may look on any day.

The running estimate, times its information ``v = 1 / variance``, behaves like a Brownian motion in ``v`` with
the effect as drift. Mixing a normal prior over the drift gives a martingale under "no effect", and Ville's
inequality bounds it over all time (Robbins 1970; Howard, Ramdas, McAuliffe and Sekhon 2021, "Time-uniform,
nonparametric, nonasymptotic confidence sequences"). With an estimated variance the bound is asymptotic, as in
Waudby-Smith et al. 2024, "Time-uniform central limit theory and asymptotic confidence sequences".

``mixing`` (the prior's precision) has to be fixed before the data: it comes from the planned change alone.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import lambertw
from scipy.stats import norm

from redone.experiment.statistics.moments import Array


def mixing_for(difference: float, alpha: float, power: float) -> float:
    """The precision that makes the sequence narrowest when ``difference`` becomes visible.

    That is at the information ``required_information``; the best precision for information v is
    ``v / (-W(-alpha^2 / e) - 1)`` with W the lower branch of Lambert's function (Howard et al. 2021, Eq. 3.6).
    """
    return required_information(difference, alpha, power) / _best_share(alpha)


def required_information(difference: float, alpha: float, power: float) -> float:
    """The information (1 / variance of the difference) that finds ``difference`` with the given chance."""
    return ((boundary(alpha) + float(norm.ppf(power))) / difference) ** 2


def boundary(alpha: float) -> float:
    """The multiple of the standard error that the sequence reaches at its best point (1.96 is one look's)."""
    share = _best_share(alpha)
    return math.sqrt((1 + 1 / share) * math.log((1 + share) / alpha**2))


def half_width(variance: Array, mixing: float, alpha: float) -> Array:
    """Half the width of the sequence where the difference has this variance; infinite before any data."""
    with np.errstate(invalid="ignore", divide="ignore"):
        v = 1 / variance
        return np.asarray(np.sqrt((v + mixing) * np.log((v + mixing) / (mixing * alpha**2))) / v)


def p_value(difference: Array, variance: Array, mixing: float) -> Array:
    """The p-value of this look; the smallest one so far is valid at any stopping time."""
    with np.errstate(invalid="ignore", divide="ignore"):
        v = 1 / variance
        exponent = -(difference**2) * v**2 / (2 * (v + mixing))
        return np.asarray(np.minimum(1.0, np.sqrt((v + mixing) / mixing) * np.exp(exponent)))


def _best_share(alpha: float) -> float:
    return float(-lambertw(-(alpha**2) / math.e, -1).real - 1)
