"""What analysis.json of an experiment holds, read forgivingly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redone.errors import UserError
from redone.report.reading import count, mapping, number, read_json, sequence, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one day showed, in percent of the control; parts that could not be said are None."""

    day: str
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRow:
    """One metric of one treatment at the last look, with all looks before it."""

    name: str
    role: str
    arm: str
    outcome: str
    control: float | None
    treatment: float | None
    last: Look
    p_value: float | None
    noise: float | None
    margin: float | None
    absolute: bool
    looks: tuple[Look, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmRow:
    """An arm with its units, and how many the weights give it."""

    name: str
    units: int
    expected: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """An analysis as the page shows it."""

    name: str
    verdicts: Mapping[str, str]
    blocks: tuple[Mapping[str, Any], ...]
    notices: tuple[Mapping[str, Any], ...]
    metrics: tuple[MetricRow, ...]
    arms: tuple[ArmRow, ...]
    ratio_p: float | None
    design: Mapping[str, Any]
    rows: int | None
    repeated: int
    days: int


def load_experiment(folder: Path) -> Experiment:
    """Read ``analysis.json``.

    Raises:
        UserError: there is none, or it is no JSON object.

    """
    path = folder / "analysis.json"
    raw, damaged = read_json(path)
    if damaged or not isinstance(raw, dict):
        state = "cannot be read as a JSON object" if damaged or raw is not None else "does not exist"
        raise UserError(f"{path} {state}; `redone experiment analyze` writes it")
    return Experiment(
        name=text(raw.get("name")) or folder.resolve().name,
        verdicts={text(arm): text(verdict) for arm, verdict in mapping(raw.get("verdicts")).items()},
        blocks=tuple(map(mapping, sequence(raw.get("blocks")))),
        notices=tuple(map(mapping, sequence(raw.get("notices")))),
        metrics=tuple(_metric(mapping(row)) for row in sequence(raw.get("results"))),
        arms=tuple(
            ArmRow(
                name=text(row.get("arm")),
                units=count(row.get("units")) or 0,
                expected=number(row.get("expected")),
            )
            for row in map(mapping, sequence(raw.get("arms")))
        ),
        ratio_p=number(mapping(raw.get("sample_ratio")).get("p_value")),
        design=mapping(raw.get("design")),
        rows=count(raw.get("rows")),
        repeated=count(raw.get("repeated")) or 0,
        days=len(sequence(raw.get("days"))),
    )


def _metric(row: Mapping[str, Any]) -> MetricRow:
    looks = mapping(row.get("looks"))
    days = [text(day) for day in sequence(looks.get("day"))]
    columns = [sequence(looks.get(name)) for name in ("relative", "relative_low", "relative_high")]
    return MetricRow(
        name=text(row.get("metric")),
        role=text(row.get("role")),
        arm=text(row.get("arm")),
        outcome=text(row.get("outcome")) or "none",
        control=number(row.get("control")),
        treatment=number(row.get("treatment")),
        last=_look(
            days[-1] if days else "", [row.get(n) for n in ("relative", "relative_low", "relative_high")]
        ),
        p_value=number(row.get("p_holm")),
        noise=number(row.get("variance_kept")),
        margin=number(row.get("margin")),
        absolute=row.get("absolute") is True,
        looks=tuple(_look(day, list(values)) for day, *values in zip(days, *columns, strict=False)),
    )


def _look(day: str, values: list[Any]) -> Look:
    value, low, high = (None if (n := number(v)) is None else 100 * n for v in values)
    return Look(day=day, value=value, low=low, high=high)
