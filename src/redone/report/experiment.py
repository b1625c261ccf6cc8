"""The page of an online experiment: verdict, reasons, changes with intervals, the course day by day."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from redone.report.charts.changes import Change, course, forest
from redone.report.experiment_data import Experiment, MetricRow, load_experiment
from redone.report.reading import mapping, number, text
from redone.report.render import write_page
from redone.report.sections.settings import flat
from redone.report.words import change, known, name_of, plain, plain_name_of, said, visible

_STYLES = {"better": "good", "holds": "good", "worse": "bad", "broken": "bad"}
VERDICTS = ("ship", "harm", "open", "none")


def write_experiment_report(folder: Path) -> Path:
    """Write ``report.html`` beside ``analysis.json`` and return its path.

    Raises:
        UserError: analysis.json is missing or unreadable.
        OSError: the page cannot be written there.

    """
    data = load_experiment(folder)
    alpha = number(data.design.get("alpha"))
    return write_page(
        "experiment.html.jinja",
        folder / "report.html",
        data=data,
        control=text(data.design.get("control")) or "control",
        looks="once" if data.design.get("looks") == "once" else "daily",
        level="95 %" if alpha is None else f"{100 * (1 - alpha):g} %",
        verdicts=[
            (arm, verdict if verdict in VERDICTS else "none") for arm, verdict in data.verdicts.items()
        ],
        blocks=[_reason(finding) for finding in data.blocks],
        notices=[_reason(finding) for finding in data.notices],
        treatments=[_treatment(data, arm) for arm in data.verdicts],
        units=sum(arm.units for arm in data.arms),
        ratio_alpha=number(data.design.get("sample_ratio_alpha")),
        design=flat(data.design),
    )


def _reason(finding: Mapping[str, Any]) -> Markup:
    """The sentence of the reason in both languages; a reason from elsewhere is its own text."""
    key = f"why_{text(finding.get('reason'))}"
    if known(key):
        try:
            return said(key, **mapping(finding.get("values")))
        except (KeyError, ValueError, TypeError):
            # The values do not fit the sentence: the file's own words are better than none.
            return escape(visible(text(finding.get("text"))))
    return escape(visible(text(finding.get("text"))))


def _treatment(data: Experiment, arm: str) -> dict[str, Any]:
    rows = [row for row in data.metrics if row.arm == arm]
    return {"arm": arm, "rows": rows, "forest": _forest(rows), "courses": [_course(row) for row in rows]}


def _forest(rows: list[MetricRow]) -> Markup:
    drawn = [
        Change(
            title=name_of("metric", row.name, "tspan"),
            style=_STYLES.get(row.outcome, "even"),
            value=row.last.value,
            low=row.last.low,
            high=row.last.high,
        )
        for row in rows
        if row.last.value is not None
    ]
    shown = "; ".join(f"{plain_name_of('metric', row.name)}: {change(row.last.value)}" for row in rows)
    return forest(drawn, plain("alt_forest", values=shown))


def _course(row: MetricRow) -> dict[str, Any]:
    label = plain("alt_course", metric=plain_name_of("metric", row.name), last=change(row.last.value))
    values = [(look.value, look.low, look.high) for look in row.looks]
    return {"row": row, "chart": course(values, _STYLES.get(row.outcome, "even"), label)}
