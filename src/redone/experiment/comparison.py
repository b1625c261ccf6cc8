"""One metric of one treatment: what the days show, and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np

from redone.experiment.design import Design, Goal
from redone.experiment.metrics import Metric
from redone.experiment.statistics.contrast import Contrast, contrast, welch
from redone.experiment.statistics.moments import Array, Moments
from redone.experiment.statistics.ratio import ratio
from redone.experiment.statistics.sequential import half_width, mixing_for, p_value

Outcome = Literal["better", "worse", "open", "none"]
Guard = Literal["holds", "broken", "open", "none"]


@dataclass(slots=True, kw_only=True)
class Result:
    """A metric over the days. Arrays have one entry per look; not a number where nothing can be said yet.

    ``p_values`` are valid at every look (for one look: only the last entry is a number). ``low`` and ``high``
    bound the difference, ``relative`` is treatment over control minus one. ``holm`` and ``outcome`` are set
    once all decision metrics are known.
    """

    goal: Goal
    metric: Metric
    treatment: str
    days: Sequence[date]
    contrast: Contrast
    low: Array
    high: Array
    relative: Array
    relative_low: Array
    relative_high: Array
    p_values: Array
    variance_kept: float
    reason: str = ""
    holm: float = float("nan")
    outcome: Outcome | Guard = "none"


def mixing_of(goal: Goal, design: Design) -> float:
    """The prior's precision of a goal: from the planned change, at the error rate that Holm starts with."""
    tests = max(1, len(design.decisions()) * len(design.treatments()))
    return mixing_for(goal.baseline * goal.change, design.alpha / tests, design.power)


def compare(
    goal: Goal, metric: Metric, treatment: str, days: Sequence[date], looks: Sequence[tuple[Moments, Moments]],
    design: Design,
) -> Result:  # fmt: skip
    """Compare the arms of a metric at every look, (control, treatment) moments each."""
    results = [contrast(*pair, cuped=design.cuped) for pair in looks]
    plain = contrast(*looks[-1], cuped=False)
    whole = _stacked(results)
    ready = np.array([min(c.count, t.count) >= design.min_units for c, t in looks])
    ready &= np.array([_varies(c) and _varies(t) for c, t in looks])
    low, high, relative, p = _bounds(whole, ready, mixing_of(goal, design), design)
    with np.errstate(invalid="ignore", divide="ignore"):
        kept = float(whole.variance[-1] / plain.variance)
    return Result(
        goal=goal, metric=metric, treatment=treatment, days=days, contrast=whole, low=low, high=high,
        relative=np.exp(whole.log_ratio) - 1, relative_low=relative[0], relative_high=relative[1],
        p_values=p, variance_kept=kept, reason=_reason(ready, looks[-1]),
    )  # fmt: skip


def _varies(arm: Moments) -> bool:
    return bool(ratio(arm).spread > 0)


def _stacked(results: Sequence[Contrast]) -> Contrast:
    return Contrast(*(np.stack([getattr(r, name) for r in results]) for name in Contrast.__slots__))


def _bounds(
    whole: Contrast, ready: Array, mixing: float, design: Design
) -> tuple[Array, Array, tuple[Array, Array], Array]:
    """Intervals of the difference and of the relative change, and p-values; nothing before ``ready``."""
    if design.looks == "daily":
        half = half_width(whole.variance, mixing, design.alpha)
        p = np.where(ready, p_value(whole.difference, whole.variance, mixing), 1.0)
        p = np.minimum.accumulate(p)
    else:
        p, half = welch(whole, design.alpha)
        ready = ready & (np.arange(len(ready)) == len(ready) - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        # The same number of standard errors on the logarithmic scale: a relative interval must carry the
        # noise of the control too.
        wide = half / np.sqrt(whole.variance) * np.sqrt(whole.log_variance)
        relative = tuple(
            np.where(ready, np.exp(whole.log_ratio + sign * wide) - 1, np.nan) for sign in (-1, 1)
        )
    low, high = (np.where(ready, whole.difference + sign * half, np.nan) for sign in (-1, 1))
    return low, high, (relative[0], relative[1]), np.where(ready, p, np.nan)


def _reason(ready: Array, last: tuple[Moments, Moments]) -> str:
    if ready[-1]:
        return ""
    if not all(np.isfinite(arm.mean[1]) and arm.mean[1] > 0 for arm in last):
        return "no_denominator"
    small = not all(np.isfinite(ratio(arm).spread) for arm in last)
    return "few_units" if small or all(map(_varies, last)) else "zero_variance"


def decide(result: Result, alpha: float) -> Outcome:
    """The outcome of a decision metric, from its corrected p-value and the sign of the difference."""
    if result.reason:
        return "none"
    if not result.holm <= alpha:
        return "open"
    wanted = 1 if result.metric.aim == "up" else -1
    return "better" if float(result.contrast.difference[-1]) * wanted > 0 else "worse"


def guard(result: Result) -> Guard:
    """``holds``: shown not to be worse than the margin; ``broken``: shown to be worse than no change.

    Holding is a non-inferiority statement: absence of a significant loss is not enough.
    """
    if result.reason:
        return "none"
    ends = (result.low, result.high) if result.goal.absolute else (result.relative_low, result.relative_high)
    low, high = (float(end[-1]) for end in ends)
    worst, best = (low, high) if result.metric.aim == "up" else (-high, -low)
    if best < 0:
        return "broken"
    return "holds" if worst >= -result.goal.margin else "open"


def to_json(result: Result) -> dict[str, Any]:
    """Plain values of the last look, and the looks as columns; unknown is null."""
    whole = result.contrast
    columns = {
        "difference": whole.difference, "low": result.low, "high": result.high, "relative": result.relative,
        "relative_low": result.relative_low, "relative_high": result.relative_high,
        "p_value": result.p_values, "control": whole.control, "treatment": whole.treatment,
    }  # fmt: skip
    plain = {name: [_number(v) for v in values] for name, values in columns.items()}
    return {
        "metric": result.metric.name, "role": result.goal.role, "aim": result.metric.aim,
        "arm": result.treatment, "margin": result.goal.margin, "absolute": result.goal.absolute,
        "outcome": result.outcome,
        "reason": result.reason, "p_holm": _number(result.holm),
        "variance_kept": _number(result.variance_kept),
        **{name: values[-1] for name, values in plain.items()},
        "looks": {"day": [day.isoformat() for day in result.days], **plain},
    }  # fmt: skip


def _number(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
