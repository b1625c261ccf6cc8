"""Before the start: how many units, and which change can be found at all."""

from __future__ import annotations

from math import sqrt
from typing import Literal

from scipy import stats
from scipy.optimize import brentq

from redone.errors import UserError
from redone.experiment.statistics.sequential import boundary


def _found(shift: float, alpha: float) -> float:
    """The chance that the two-sided z-test finds a difference of ``shift`` standard errors."""
    limit = float(stats.norm.ppf(1 - alpha / 2))
    return float(stats.norm.sf(limit - shift) + stats.norm.cdf(-limit - shift))


def multiple(alpha: float, power: float, looks: Literal["daily", "once"]) -> float:
    """How many standard errors the true difference must be for the test to find it with this chance.

    For ``daily`` looks this is what the sequence needs at its best point; it finds large effects earlier, so
    the real power is a little higher. For ``once`` both tails of the z-test count.
    """
    if looks == "daily":
        return boundary(alpha) + float(stats.norm.ppf(power))

    def surplus(shift: float) -> float:
        return _found(shift, alpha) - power

    if surplus(0.0) >= 0:
        raise UserError(f"power {power} is not above alpha {alpha}: nothing has to be found")
    return float(brentq(surplus, 0.0, 60.0, xtol=1e-13))


def units_needed(
    difference: float, spreads: tuple[float, float], shares: tuple[float, float], times: float
) -> float:
    """Units of both arms together for a difference of ``times`` standard errors.

    ``spreads`` are the variances of one unit's share in the metric (``ArmRatio.spread``) in control and
    treatment, ``shares`` the parts of the units in the two arms.
    """
    return times**2 * (spreads[0] / shares[0] + spreads[1] / shares[1]) / difference**2


def detectable(
    spreads: tuple[float, float], units: float, shares: tuple[float, float], times: float
) -> float:
    """The smallest difference that so many units find."""
    return times * sqrt((spreads[0] / shares[0] + spreads[1] / shares[1]) / units)


def after_change(spread: float, change: float) -> float:
    """The spread of a treatment whose metric moves by ``change`` (relative) in every unit alike.

    A multiplied metric has a multiplied deviation; planning with the control's alone misses the power by
    several points. A change that is negative is planned with the control's, to be on the safe side.
    """
    return spread * max(1.0, 1 + change) ** 2


def binomial_spread(rate: float, per_unit: float, alike: float) -> float:
    """A guess at ``spread`` for a share of rows, where there is no log to measure it.

    ``per_unit`` rows a unit on average, ``alike`` the correlation of two rows of one unit: the variance of a
    unit's share is ``rate (1 - rate) (1 + (per_unit - 1) alike) / per_unit`` (design effect).
    """
    return rate * (1 - rate) * (1 + (per_unit - 1) * alike) / per_unit
