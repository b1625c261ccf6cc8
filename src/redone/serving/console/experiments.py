"""An online experiment's analysis as the console shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from redone.errors import UserError
from redone.report.experiment_data import Look, MetricRow, load_experiment
from redone.report.reading import mapping, number, text
from redone.serving.console.files import Reader
from redone.serving.console.places import Places

VERDICTS = ("ship", "harm", "open", "none")


def experiment(places: Places, folder: Path) -> dict[str, Any]:
    """Verdicts with their reasons, metrics with their course, arms. A damaged file is named as a problem."""
    reader = Reader(places, folder)
    if reader.path("analysis.json") is None:
        return {"problems": reader.problems}
    try:
        data = load_experiment(folder)
    except UserError:
        reader.problem("damaged_file", "analysis.json")
        return {"problems": reader.problems}
    return {
        "name": data.name,
        "verdicts": [{"arm": a, "verdict": v if v in VERDICTS else "none"} for a, v in data.verdicts.items()],
        "control": text(data.design.get("control")) or "control",
        "alpha": number(data.design.get("alpha")),
        "looks": "once" if data.design.get("looks") == "once" else "daily",
        "blocks": [_reason(mapping(finding)) for finding in data.blocks],
        "notices": [_reason(mapping(finding)) for finding in data.notices],
        "metrics": [_metric(row) for row in data.metrics],
        "arms": [{"arm": a.name, "units": a.units, "expected": a.expected} for a in data.arms],
        "ratio_p": data.ratio_p,
        "rows": data.rows,
        "repeated": data.repeated,
        "days": data.days,
        "problems": reader.problems,
    }


def _reason(finding: Any) -> dict[str, Any]:
    values = {
        key: value if isinstance(value, int | float | str) else text(value)
        for key, value in mapping(finding.get("values")).items()
    }
    return {"key": text(finding.get("reason")), "values": values, "text": text(finding.get("text"))}


def _metric(row: MetricRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "role": row.role,
        "arm": row.arm,
        "outcome": row.outcome,
        "control": row.control,
        "treatment": row.treatment,
        "p": row.p_value,
        "margin": row.margin,
        "last": _look(row.last),
        "looks": [_look(look) for look in row.looks],
    }


def _look(look: Look) -> dict[str, Any]:
    return {"day": look.day, "value": look.value, "low": look.low, "high": look.high}
