"""Training curves: the rows of metrics.jsonl as columns, one set per stage."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from redone.report.reading import count, mapping, number, text

Points = list[tuple[float, float]]
NOT_CURVES = frozenset({"time", "stage", "step", "kind", "tasks"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCurve:
    """The logged columns of one stage, each a list of (step, value); a missing value is simply absent."""

    stage: str
    last_step: int
    columns: Mapping[str, Points]
    tasks: Mapping[str, Mapping[str, Points]] = field(default_factory=dict)
    idle: tuple[tuple[int, str], ...] = ()
    """Steps without an update, and why, as the loop said it."""

    @property
    def is_rl(self) -> bool:
        """Whether the stage learnt from rewards."""
        return "reward_raw" in self.columns


def read_curves(rows: Iterable[Mapping[str, Any]], rename: Callable[[str], str]) -> tuple[StageCurve, ...]:
    """Curves by stage in order of appearance.

    A step that was logged twice (before a kill, and again after the resume) counts once, as logged last.
    """
    stages: dict[str, dict[int, Mapping[str, Any]]] = {}
    for row in rows:
        step = count(row.get("step"))
        if step is not None and row.get("kind", "train") == "train":
            stages.setdefault(rename(text(row.get("stage"))), {})[step] = row
    return tuple(_curve(stage, by_step) for stage, by_step in stages.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """Held-out loss, in nats per token, of every source and part of a continued-pretraining stage."""

    stage: str
    sources: Mapping[str, Points]
    parts: Mapping[str, Points]


def read_held_out(rows: Iterable[Mapping[str, Any]], rename: Callable[[str], str]) -> tuple[HeldOut, ...]:
    """Held-out losses by stage; a step that was logged twice counts once, as logged last."""
    stages: dict[str, dict[int, Mapping[str, Any]]] = {}
    for row in rows:
        step = count(row.get("step"))
        if step is not None and row.get("kind") == "held_out":
            stages.setdefault(rename(text(row.get("stage"))), {})[step] = row
    found = []
    for stage, by_step in stages.items():
        sources: dict[str, Points] = {}
        parts: dict[str, Points] = {}
        for step, row in sorted(by_step.items()):
            own = mapping(row.get("sources"))
            _append(sources, step, {name: mapping(source).get("loss") for name, source in own.items()})
            _append(parts, step, mapping(row.get("parts")))
        if sources:
            found.append(HeldOut(stage=stage, sources=sources, parts=parts))
    return tuple(found)


def _curve(stage: str, by_step: Mapping[int, Mapping[str, Any]]) -> StageCurve:
    columns: dict[str, Points] = {}
    tasks: dict[str, dict[str, Points]] = {}
    for step in sorted(by_step):
        row = by_step[step]
        _append(columns, step, row)
        for task, part in mapping(row.get("tasks")).items():
            _append(tasks.setdefault(task, {}), step, mapping(part))
    idle = tuple(
        (step, text(row["diagnosis"])) for step, row in sorted(by_step.items()) if row.get("diagnosis")
    )
    return StageCurve(stage=stage, last_step=max(by_step), columns=columns, tasks=tasks, idle=idle)


def _append(columns: dict[str, Points], step: int, row: Mapping[str, Any]) -> None:
    for name, raw in row.items():
        if name not in NOT_CURVES and (value := number(raw)) is not None:
            columns.setdefault(name, []).append((float(step), value))


def thinned(points: Sequence[tuple[float, float]], limit: int = 60) -> Points:
    """At most ``limit`` points, each the mean of a run of neighbours: keeps the page small at any length."""
    if len(points) <= limit:
        return list(points)
    result: Points = []
    for i in range(limit):
        part = points[i * len(points) // limit : (i + 1) * len(points) // limit]
        result.append((sum(p[0] for p in part) / len(part), sum(p[1] for p in part) / len(part)))
    return result


def smoothed(points: Sequence[tuple[float, float]], reach: int = 4) -> Points:
    """Give a centred moving mean over ``2 * reach + 1`` neighbours, fewer at the ends."""
    result: Points = []
    for i, (x, _) in enumerate(points):
        near = points[max(0, i - reach) : i + reach + 1]
        result.append((x, sum(p[1] for p in near) / len(near)))
    return result
