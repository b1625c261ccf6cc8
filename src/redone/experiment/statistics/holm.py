"""Several metrics, one error rate: Holm's step-down correction (Holm 1979)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from redone.experiment.statistics.moments import Array


def holm(p_values: npt.ArrayLike) -> Array:
    """Adjusted p-values along the last axis; a metric is significant where its value is at most alpha.

    Works for always-valid p-values too: at every time the correction is one over valid p-values. A missing
    p-value (not a number) counts as a hypothesis that is not rejected, and stays missing.
    """
    p = np.asarray(p_values, dtype=np.float64)
    filled = np.where(np.isnan(p), 1.0, p)
    order = np.argsort(filled, axis=-1, kind="stable")
    sorted_p = np.take_along_axis(filled, order, axis=-1)
    steps = np.arange(p.shape[-1], 0, -1)
    raised = np.minimum(np.maximum.accumulate(sorted_p * steps, axis=-1), 1.0)
    result = np.empty_like(raised)
    np.put_along_axis(result, order, raised, axis=-1)
    return np.where(np.isnan(p), np.nan, result)
