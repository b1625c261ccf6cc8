"""CUPED: the same units' behaviour before the start explains part of the noise (Deng et al. 2013).

The slope is the pooled within-arm one, so for plain means the adjusted difference is the coefficient of the
arm in an analysis of covariance. Units without history have the average history, which changes nothing for
them. The before-phase is untreated, so the adjustment moves no effect, only noise.
"""

from __future__ import annotations

import numpy as np

from redone.experiment.statistics.moments import (
    BEFORE_DENOMINATOR,
    BEFORE_NUMERATOR,
    DENOMINATOR,
    NUMERATOR,
    Moments,
)
from redone.experiment.statistics.ratio import ArmRatio, gradient, quadratic, ratio


def adjusted(control: Moments, treatment: Moments) -> tuple[ArmRatio, ArmRatio]:
    """Both arms' ratios, adjusted; unchanged where the history has no variance or no denominator."""
    arms = (control, treatment)
    total = control.count + treatment.count
    pooled = sum(arm.mean * (arm.count / total)[..., None] for arm in arms)
    history = gradient(np.asarray(pooled), BEFORE_NUMERATOR, BEFORE_DENOMINATOR)
    history = np.where(np.isfinite(history), history, 0.0)
    plain = [ratio(arm) for arm in arms]
    present = [gradient(arm.mean, NUMERATOR, DENOMINATOR) for arm in arms]
    shared = [quadratic(now, arm.cov, history) for now, arm in zip(present, arms, strict=True)]
    noise = [quadratic(history, arm.cov, history) for arm in arms]
    above = sum((arm.count - 1) * part for arm, part in zip(arms, shared, strict=True))
    below = sum((arm.count - 1) * part for arm, part in zip(arms, noise, strict=True))
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(np.asarray(below) > 0, above / below, 0.0)
    result = []
    for arm, own, cov, var in zip(arms, plain, shared, noise, strict=True):
        # The history is centred on the pooled arms, so its mean is how far this arm was off before the start.
        off = np.einsum("...i,...i->...", history, arm.mean)
        spread = own.spread - 2 * slope * cov + slope**2 * var
        result.append(ArmRatio(own.value - slope * off, np.maximum(spread, 0), own.count))
    return result[0], result[1]
