"""From the log to the verdict: checks first, then metrics, then what may be concluded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import orjson
import polars as pl

from redone.errors import UserError
from redone.experiment import comparison
from redone.experiment.checks import Finding, blocks, notices, ratio_test
from redone.experiment.comparison import Result, compare, decide, guard
from redone.experiment.design import Design
from redone.experiment.log import check_log, read_log
from redone.experiment.statistics.holm import holm
from redone.experiment.units import Units, by_day, units_of

Verdict = Literal["ship", "harm", "open", "none"]
ANALYSIS = "analysis.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What a log says. ``verdicts`` has one entry per treatment: ``none`` with reasons in ``blocks``.

    ``ship``: a decision metric is better, none is worse, every guardrail holds. ``harm``: a decision metric
    is worse or a guardrail is broken. ``open``: neither is shown yet.
    """

    design: Design
    units: Units
    rows: int
    repeated: int
    blocks: tuple[Finding, ...]
    notices: tuple[Finding, ...]
    results: tuple[Result, ...]
    verdicts: Mapping[str, Verdict]

    def to_json(self) -> dict[str, Any]:
        """Everything that the report shows."""
        counts = self.units.counts()
        total, weights = sum(counts.values()), sum(self.design.arms.values())
        test = ratio_test(self.design, self.units)
        return {
            "schema": 1,
            "name": self.design.name,
            "design": self.design.model_dump(mode="json"),
            "rows": self.rows,
            "repeated": self.repeated,
            "days": [day.isoformat() for day in self.units.days],
            "arms": [
                {"arm": arm, "units": counts[arm], "expected": total * weight / weights}
                for arm, weight in self.design.arms.items()
            ],
            "sample_ratio": {"p_value": test.p_value if np.isfinite(test.p_value) else None},
            "blocks": [_plain(finding) for finding in self.blocks],
            "notices": [_plain(finding) for finding in self.notices],
            "results": [comparison.to_json(result) for result in self.results],
            "verdicts": dict(self.verdicts),
        }


def _plain(finding: Finding) -> dict[str, Any]:
    return {"reason": finding.reason, "text": finding.text, "values": dict(finding.values)}


def analyze_file(log: Path, design: Design) -> Analysis:
    """Read a log and analyse it.

    Raises:
        UserError: the log cannot be read, or a column that the design measures is missing or wrong.

    """
    return analyze(read_log(log, _measured(design)), design)


def analyze(log: pl.DataFrame, design: Design) -> Analysis:
    """Analyse a log. Rows with an ``event`` id that was there already are counted once and reported.

    Raises:
        UserError: the log has no rows during the experiment, or is refused by ``check_log``.

    """
    log = check_log(log, "log", _measured(design))
    rows = log.height
    if "event" in log.columns:
        fresh = pl.col("event").is_null() | pl.col("event").is_first_distinct()
        log = log.filter(fresh)
    units = units_of(log, design)
    if not units.days:
        raise UserError(
            f"the log has no row of phase 'during' in an arm of the design ({', '.join(design.arms)})"
        )
    stops = blocks(log, design, units)
    results = _results(log, design, units) if len([n for n in units.counts().values() if n]) > 1 else []
    _correct(results, design)
    fatal = bool(stops)
    if fatal:
        for result in results:
            result.outcome = "none"
    verdicts = {
        arm: _verdict([r for r in results if r.treatment == arm], fatal) for arm in design.treatments()
    }
    return Analysis(
        design=design, units=units, rows=rows, repeated=rows - log.height, blocks=(*stops, *_silent(results)),
        notices=tuple(notices(log, design, units)), results=tuple(results), verdicts=verdicts,
    )  # fmt: skip


def _measured(design: Design) -> list[str]:
    known = design.known_metrics()
    metrics = [known[goal.metric] for goal in design.goals]
    return list(dict.fromkeys(name for m in metrics for name in (m.column, *m.among)))


def _results(log: pl.DataFrame, design: Design, units: Units) -> list[Result]:
    known, results = design.known_metrics(), []
    counts = units.counts()
    for goal in design.goals:
        metric = known[goal.metric]
        looks = list(by_day(log, metric, units))
        for arm in design.treatments():
            if counts[arm] and counts[design.control]:
                pairs = [(look[design.control], look[arm]) for look in looks]
                results.append(compare(goal, metric, arm, units.days, pairs, design))
    return results


def _correct(results: Sequence[Result], design: Design) -> None:
    """Holm over all decision metrics of all treatments; guardrails are read one by one."""
    family = [result for result in results if result.goal.role == "decision"]
    if family:
        for result, p in zip(family, holm([r.p_values[-1] for r in family]), strict=True):
            result.holm = float(p)
            result.outcome = decide(result, design.alpha)
    for result in results:
        if result.goal.role == "guardrail":
            result.outcome = guard(result)


def _verdict(results: Sequence[Result], fatal: bool) -> Verdict:
    if fatal or not results or any(result.outcome == "none" for result in results):
        return "none"
    outcomes = {result.outcome for result in results}
    if outcomes & {"worse", "broken"}:
        return "harm"
    guards = [result.outcome for result in results if result.goal.role == "guardrail"]
    return "ship" if "better" in outcomes and all(g == "holds" for g in guards) else "open"


_WHY = {
    "no_denominator": "no row counts for it in one of the arms",
    "zero_variance": "the units of an arm do not vary, so there is no error to compare with",
    "few_units": "too few units in one of the arms",
}


def _silent(results: Sequence[Result]) -> list[Finding]:
    """Metrics without a number block the verdict: what is not known is not zero."""
    return [
        Finding(
            f"metric_{result.reason}",
            f"{result.metric.name}, {result.treatment}: no verdict, {_WHY[result.reason]}",
            {"metric": result.metric.name, "arm": result.treatment},
        )
        for result in results
        if result.reason
    ]


def write_analysis(folder: Path, analysis: Analysis) -> Path:
    """Write ``analysis.json`` into a folder and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ANALYSIS
    part = path.with_name(f"{ANALYSIS}.partial")
    part.write_bytes(orjson.dumps(analysis.to_json(), option=orjson.OPT_INDENT_2) + b"\n")
    part.replace(path)
    return path
