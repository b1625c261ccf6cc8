"""Before the start: what the metrics are like now, how many units a change needs, what a given size finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import polars as pl

from redone.errors import UserError
from redone.experiment.design import Design, Goal
from redone.experiment.log import check_log
from redone.experiment.metrics import Metric
from redone.experiment.statistics.moments import moments, unit_vectors
from redone.experiment.statistics.power import (
    after_change,
    binomial_spread,
    detectable,
    multiple,
    units_needed,
)
from redone.experiment.statistics.ratio import ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A metric as it is: its value, and the variance of one unit's share in it (``spread``)."""

    value: float
    spread: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a goal needs: ``units`` in all arms together.

    ``found`` is the relative change that the given number of units finds, None when none was given.
    """

    goal: Goal
    level: Level
    units: int
    found: float | None


def level_of_log(log: pl.DataFrame, metric: Metric) -> Level:
    """The level of a metric in all rows of a log, arms and phases together.

    Raises:
        UserError: no row counts for the metric, or its units do not vary.

    """
    log = check_log(log, "log", [metric.column, *metric.among])
    wanted = [pl.col(metric.column).is_not_null()]
    wanted += [pl.col(column) == value for column, value in metric.among.items()]
    bottom = pl.len() if metric.per == "row" else pl.col("day").n_unique()
    sums = (
        log.filter(*wanted)
        .group_by("unit")
        .agg(
            pl.col(metric.column).cast(pl.Float64).sum().alias("top"), bottom.cast(pl.Float64).alias("bottom")
        )
    )
    if sums.height < 2:
        raise UserError(f"{metric.name}: {sums.height} units have rows for it; a plan needs two at least")
    arm = ratio(moments(unit_vectors(sums["top"].to_numpy(), sums["bottom"].to_numpy())))
    if not arm.spread > 0:
        raise UserError(
            f"{metric.name}: its units do not vary (column {metric.column!r}), nothing to plan with"
        )
    return Level(value=float(arm.value), spread=float(arm.spread), source=f"log, {sums.height} units")


def level_of_guess(rate: float, per_unit: float, alike: float) -> Level:
    """A share of rows from three numbers, where there is no log."""
    if not 0 < rate < 1 or per_unit <= 0 or not 0 <= alike <= 1:
        raise UserError(
            f"baseline {rate}, rows per unit {per_unit}, alike {alike}: the baseline must lie between 0 and 1, "
            "rows be above 0, alike from 0 to 1; for other metrics give --log"
        )
    return Level(value=rate, spread=binomial_spread(rate, per_unit, alike), source="guess")


def needs(design: Design, levels: Sequence[Level], units: int | None = None) -> list[Need]:
    """What every goal needs, the smallest arm against the control, at the error rate that Holm begins with.

    For guardrails the change to find is the margin. CUPED is not counted in: it is a reserve.

    Raises:
        UserError: ``units`` is below two.

    """
    if units is not None and units < 2:
        raise UserError(f"units is {units}: give two at least")
    total = sum(design.arms.values())
    smallest = min(design.arms[arm] for arm in design.treatments())
    shares = (design.arms[design.control] / total, smallest / total)
    tests = len(design.decisions()) * len(design.treatments())
    result = []
    for goal, level in zip(design.goals, levels, strict=True):
        deciding = goal.role == "decision"
        times = multiple(design.alpha / (tests if deciding else 1), design.power, design.looks)
        wanted = change_of(goal, level.value)
        if not wanted > 0:
            raise UserError(f"{goal.metric}: its margin is 0: no number of units can show that; give more")
        rises = deciding and design.known_metrics()[goal.metric].aim == "up"
        spreads = (level.spread, after_change(level.spread, goal.change if rises else 0.0))
        found = detectable(spreads, units, shares, times) / level.value if units else None
        wanted_units = ceil(units_needed(wanted, spreads, shares, times))
        result.append(Need(goal=goal, level=level, found=found, units=wanted_units))
    return result


def change_of(goal: Goal, value: float) -> float:
    """The difference that a goal has to show: the planned change, or a guardrail's margin."""
    if goal.role == "decision":
        return goal.change * value
    return goal.margin if goal.absolute else goal.margin * value


def planned(design: Design, levels: Sequence[Level]) -> Design:
    """The design with the measured levels as baselines, which tunes its confidence sequences."""
    goals = tuple(
        goal.model_copy(update={"baseline": level.value})
        for goal, level in zip(design.goals, levels, strict=True)
    )
    return design.model_copy(update={"goals": goals})
