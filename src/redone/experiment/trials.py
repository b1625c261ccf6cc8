"""Thousands of whole experiments at once, to measure how often the tests are wrong and how often they find.

Users differ in how often they come and how readily they click, come again on later days, and part of them
joins late; rows of one user are alike. That is what breaks naive tests. The tests are the ones that analyse
real logs (``contrast``, ``p_value``, ``holm``), run on arrays with one more axis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from redone.experiment.statistics.contrast import contrast, welch
from redone.experiment.statistics.holm import holm
from redone.experiment.statistics.moments import Array, moments
from redone.experiment.statistics.sequential import mixing_for, p_value

METRICS = ("click_rate", "rare_rate", "value_per_day")
BASELINES = (0.2, 0.04, 2.0)
_AT_ONCE = 2_000_000
"""User-days held in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialSettings:
    """``units`` of both arms together; ``lift`` is planted in all metrics (0 is A/A), ``planned`` tunes the test."""

    trials: int = 2000
    units: int = 600
    days: int = 14
    before: int = 7
    lift: float = 0.0
    planned: float = 0.1
    alpha: float = 0.05
    power: float = 0.8
    late: float = 0.4
    cuped: bool = True
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Trials:
    """Shapes (trials, days, metrics): what each look of each trial showed, two-sided."""

    sequential: Array
    """p-value of the look by itself; its running minimum is the always-valid one."""
    single: Array
    """p-value of Welch's test at this look, valid only if it is the one look."""
    difference: Array

    def always_valid(self) -> Array:
        """The p-value that may be read on any day."""
        return np.asarray(np.minimum.accumulate(self.sequential, axis=1))


def run_trials(settings: TrialSettings) -> Trials:
    """Simulate and test; the same settings give the same numbers."""
    size = max(1, _AT_ONCE // (settings.units * (settings.days + settings.before)))
    starts = range(0, settings.trials, size)
    parts = [_batch(settings, min(size, settings.trials - start), start) for start in starts]
    return Trials(*(np.concatenate([getattr(part, name) for part in parts]) for name in Trials.__slots__))


def _batch(settings: TrialSettings, trials: int, start: int) -> Trials:
    rng = np.random.default_rng([settings.seed, start])
    half = settings.units // 2
    sums = running_sums(settings, trials, rng)
    tests = len(METRICS)
    mixing = [mixing_for(b * settings.planned, settings.alpha / tests, settings.power) for b in BASELINES]
    columns: list[list[tuple[Array, Array, Array]]] = []
    for day in range(settings.days):
        looks = []
        for number in range(tests):
            vectors = np.concatenate([sums[number][0][:, :, day], sums[number][1]], axis=-1)
            result = contrast(moments(vectors[:, :half]), moments(vectors[:, half:]), cuped=settings.cuped)
            valid = p_value(result.difference, result.variance, mixing[number])
            looks.append((valid, welch(result, settings.alpha)[0], result.difference))
        columns.append(looks)
    shaped = [
        np.stack([np.stack([look[part] for look in looks], axis=-1) for looks in columns], axis=1)
        for part in range(3)
    ]
    return Trials(*shaped)


def running_sums(settings: TrialSettings, trials: int, rng: np.random.Generator) -> list[tuple[Array, Array]]:
    """Give per metric the running (numerator, denominator) by day, and the totals before the start."""
    shape = (trials, settings.units, settings.before + settings.days)
    each = (trials, settings.units, 1)
    joined = np.where(
        rng.random(each) < settings.late, rng.integers(0, settings.days, each), -settings.before
    )
    present = np.arange(-settings.before, settings.days) >= joined
    rows = rng.poisson(rng.gamma(1.5, 1.0, each) * present, shape)
    treated = (np.arange(settings.units) >= settings.units // 2)[None, :, None]
    during = np.arange(shape[2]) >= settings.before
    lift = 1 + settings.lift * (treated & during)
    clicks = rng.binomial(rows, np.minimum(rng.beta(4, 16, each) * lift, 1))
    rare = rng.binomial(rows, np.minimum(rng.beta(1, 24, each) * lift, 1))
    # A sum of `rows` exponential values with a user's own mean: skewed, as money is.
    value = rng.gamma(np.maximum(rows, 1e-9), 1.0) * rng.lognormal(0, 0.3, each) * lift * (rows > 0)
    active = (rows > 0).astype(np.float64)
    pairs: list[tuple[npt.NDArray[np.generic], npt.NDArray[np.generic]]] = [
        (clicks, rows), (rare, rows), (value, active),
    ]  # fmt: skip
    result = []
    for top, bottom in pairs:
        both = np.stack([top, bottom], axis=-1).astype(np.float64)
        result.append(
            (both[:, :, settings.before :].cumsum(axis=2), both[:, :, : settings.before].sum(axis=2))
        )
    return result


def false_positives(trials: Trials, alpha: float) -> dict[str, dict[str, int]]:
    """Of all trials, how many cried wolf: by metric and over the family, by the way of looking."""
    always, single = trials.always_valid(), trials.single
    last = {"daily_sequence": always[:, -1], "once_at_the_end": single[:, -1]}
    peeked = single.min(axis=1)
    counts = {
        way: {name: int((p[:, n] <= alpha).sum()) for n, name in enumerate(METRICS)}
        for way, p in (*last.items(), ("daily_uncorrected", peeked))
    }
    for way, p in last.items():
        counts[way]["family_holm"] = int((holm(p) <= alpha).any(axis=-1).sum())
    # Peeking at Holm's result every day: wrong on any day counts.
    counts["daily_sequence"]["family_holm"] = int((holm(always) <= alpha).any(axis=(1, 2)).sum())
    counts["daily_uncorrected"]["family_holm"] = int((holm(single) <= alpha).any(axis=(1, 2)).sum())
    return counts
