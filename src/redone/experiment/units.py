"""From rows to units: what each unit did up to each day, metric by metric, one day in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from redone.experiment.design import Design
from redone.experiment.metrics import Metric
from redone.experiment.statistics.moments import Array, Moments, moments


@dataclass(frozen=True, slots=True)
class Units:
    """The units of a log during the experiment. ``arm`` and ``first_day`` are indices, one per unit."""

    ids: pl.Series
    arm: npt.NDArray[np.int64]
    first_day: npt.NDArray[np.int64]
    arms: tuple[str, ...]
    days: tuple[date, ...]

    def counts(self) -> dict[str, int]:
        """Units per arm, each counted once."""
        found = np.bincount(self.arm, minlength=len(self.arms))
        return {arm: int(count) for arm, count in zip(self.arms, found, strict=True)}


def units_of(log: pl.DataFrame, design: Design) -> Units:
    """The units of the arms that the design knows; one that was seen in two arms counts in its first."""
    during = log.filter((pl.col("phase") == "during") & pl.col("arm").is_in(list(design.arms)))
    days = tuple(sorted(during["day"].unique().to_list()))
    places = {day: place for place, day in enumerate(days)}
    arms = tuple(design.arms)
    table = (
        during.group_by("unit").agg(pl.col("arm").sort_by("day").first(), pl.col("day").min()).sort("unit")
    )
    return Units(
        ids=table["unit"],
        arm=np.array([arms.index(arm) for arm in table["arm"]], dtype=np.int64),
        first_day=np.array([places[day] for day in table["day"]], dtype=np.int64),
        arms=arms,
        days=days,
    )


def by_day(log: pl.DataFrame, metric: Metric, units: Units) -> Iterator[dict[str, Moments]]:
    """For every day the moments of every arm, over all units seen so far with all they did so far."""
    now = _sums(log, metric, units, "during")
    vectors = np.zeros((len(units.ids), 4))
    before = _sums(log, metric, units, "before")
    if before.height:
        size, place = len(units.ids), before["place"].to_numpy()
        vectors[:, 2] = np.bincount(place, before["top"].to_numpy(), minlength=size)
        vectors[:, 3] = np.bincount(place, before["bottom"].to_numpy(), minlength=size)
    parts = {key[0]: part for key, part in now.group_by(["day"])}
    for number, day in enumerate(units.days):
        part = parts.get(day)
        if part is not None:
            vectors[part["place"].to_numpy(), :2] += part.select("top", "bottom").to_numpy()
        seen = units.first_day <= number
        yield {arm: _moments(vectors[seen & (units.arm == index)]) for index, arm in enumerate(units.arms)}


def _moments(vectors: Array) -> Moments:
    if len(vectors):
        return moments(vectors)
    return Moments(np.array(0.0), np.full(4, np.nan), np.full((4, 4), np.nan))


def _sums(log: pl.DataFrame, metric: Metric, units: Units, phase: str) -> pl.DataFrame:
    """Numerator and denominator per unit and day; ``place`` is the unit's index."""
    wanted = [pl.col("phase") == phase, pl.col(metric.column).is_not_null()]
    wanted += [pl.col(column) == value for column, value in metric.among.items()]
    index = pl.DataFrame({"unit": units.ids, "place": np.arange(len(units.ids))})
    bottom = pl.len() if metric.per == "row" else pl.lit(1)
    return (
        log.filter(*wanted)
        .group_by("unit", "day")
        .agg(
            pl.col(metric.column).cast(pl.Float64).sum().alias("top"), bottom.cast(pl.Float64).alias("bottom")
        )
        .join(index, on="unit", how="inner")
        .sort("day", "place")
    )
