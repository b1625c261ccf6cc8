"""What makes an experiment unreadable. A check that fails blocks the verdict and says why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from redone.experiment.assignment import assign
from redone.experiment.design import Design
from redone.experiment.statistics.counts import Test, sample_ratio, two_proportions
from redone.experiment.units import Units


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason by name, its numbers, and an English sentence; the report says it in both languages."""

    reason: str
    text: str
    values: Mapping[str, Any] = field(default_factory=dict)


def blocks(log: pl.DataFrame, design: Design, units: Units) -> list[Finding]:
    """Every reason for which no verdict may be given on the whole experiment."""
    counts = units.counts()
    found = [
        Finding(
            "missing_arm",
            f"arm {arm!r} has no unit in the log; a comparison needs both of its sides",
            {"arm": arm},
        )
        for arm in design.arms
        if not counts[arm]
    ]
    found += _strangers(log, design)
    found += _crossed(log)
    found += _reassigned(units, design)
    test = ratio_test(design, units)
    if not found and test.p_value < design.sample_ratio_alpha:
        seen = ", ".join(f"{arm} {count}" for arm, count in counts.items())
        found.append(
            Finding(
                "sample_ratio",
                f"the arms have {seen} units, which the planned weights give with p = {test.p_value:.1g}: units "
                "were lost or added after assignment, so no metric can be trusted; find the cause",
                {"counts": seen, "p": test.p_value, "alpha": design.sample_ratio_alpha},
            )
        )
    if not found:
        found += _too_early(design, units, counts)
    return found


def ratio_test(design: Design, units: Units) -> Test:
    """The sample-ratio check of a log against the design's weights."""
    counts = units.counts()
    return sample_ratio([counts[arm] for arm in design.arms], list(design.arms.values()))


def notices(log: pl.DataFrame, design: Design, units: Units) -> list[Finding]:
    """What a reader should know although it blocks nothing: history that is unevenly known."""
    known = set(log.filter(pl.col("phase") == "before")["unit"].unique().to_list())
    found = []
    totals = units.counts()
    having = dict.fromkeys(units.arms, 0)
    for unit, arm in zip(units.ids, units.arm, strict=True):
        having[units.arms[arm]] += unit in known
    for arm in design.treatments():
        pair = (design.control, arm)
        test = two_proportions((having[pair[0]], having[pair[1]]), (totals[pair[0]], totals[pair[1]]))
        if test.p_value < design.sample_ratio_alpha:
            shares = ", ".join(f"{name} {having[name] / totals[name]:.1%}" for name in pair)
            found.append(
                Finding(
                    "uneven_history",
                    f"the share of units with rows before the start differs ({shares}, p = {test.p_value:.1g}): "
                    "the arms were not alike from the beginning",
                    {"shares": shares, "p": test.p_value},
                )
            )
    return found


def _strangers(log: pl.DataFrame, design: Design) -> list[Finding]:
    other = sorted(set(log["arm"].unique().to_list()) - set(design.arms))
    if not other:
        return []
    shown = ", ".join(map(repr, other[:5]))
    text = f"the log has rows of {shown}, which the design does not know (its arms: {', '.join(design.arms)})"
    return [Finding("unknown_arm", text, {"arms": shown})]


def _crossed(log: pl.DataFrame) -> list[Finding]:
    per_unit = log.filter(pl.col("phase") == "during").group_by("unit").agg(pl.col("arm").n_unique())
    crossed = per_unit.filter(pl.col("arm") > 1).sort("unit")
    if not crossed.height:
        return []
    unit = crossed["unit"][0]
    text = f"{crossed.height} units were served two arms (the first: {unit!r}): assignment is not stable"
    return [Finding("two_arms", text, {"n": crossed.height, "unit": unit})]


def _reassigned(units: Units, design: Design) -> list[Finding]:
    """The arm of every unit can be computed again: a log that differs was not assigned by this design."""
    wrong = [
        (unit, units.arms[arm])
        for unit, arm in zip(units.ids, units.arm, strict=True)
        if assign(design, unit) != units.arms[arm]
    ]
    if not wrong or not design.hashed:
        return []
    unit, arm = wrong[0]
    text = (
        f"{len(wrong)} of {len(units.ids)} units are not in the arm that the hash gives (the first: {unit!r} is in "
        f"{arm!r}): another salt, layer or weight was in use; set hashed to false if another system assigns"
    )
    return [Finding("reassigned", text, {"n": len(wrong), "total": len(units.ids), "unit": unit, "arm": arm})]


def _too_early(design: Design, units: Units, counts: Mapping[str, int]) -> list[Finding]:
    small = {arm: count for arm, count in counts.items() if count < design.min_units}
    if small:
        shown = ", ".join(f"{arm} {count}" for arm, count in small.items())
        text = f"too few units ({shown}; min_units is {design.min_units}): wait for more"
        return [Finding("few_units", text, {"counts": shown, "least": design.min_units})]
    days = (units.days[-1] - units.days[0]).days + 1
    if design.looks == "once" and days < design.days:
        text = f"day {days} of {design.days}: a design with one look is read at its end only"
        return [Finding("before_end", text, {"day": days, "days": design.days})]
    return []
