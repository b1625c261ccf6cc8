"""What is decided before an experiment starts: arms, metrics, error rate. Kept as ``experiment.json``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from redone.errors import UserError
from redone.experiment.metrics import METRICS, Metric

Looks = Literal["daily", "once"]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\w.-]+$")]


class Goal(BaseModel):
    """A metric of the experiment and what it is for.

    A ``decision`` metric decides; Holm's correction runs over these. A ``guardrail`` must not get worse by
    more than ``margin``, relative to the control or, with ``absolute``, as a plain difference. ``baseline``
    and ``change`` (relative) are what the plan expected: the confidence sequence is narrowest where that
    change becomes visible, and stays valid if they are wrong.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    metric: Name
    role: Literal["decision", "guardrail"] = "decision"
    baseline: float = Field(default=0.1, gt=0, allow_inf_nan=False)
    change: float = Field(default=0.05, gt=0, allow_inf_nan=False)
    margin: float = Field(default=0.02, ge=0, allow_inf_nan=False)
    absolute: bool = False


class Design(BaseModel):
    """An experiment as it was set down before its start.

    ``looks`` is ``daily`` (results may be read on any day; always-valid inference) or ``once`` (one test when
    ``days`` days are over). ``arms`` maps each arm to its weight. ``power`` is the chance to find ``change``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    layer: Name = "default"
    salt: str = Field(default="1", max_length=100)
    buckets: tuple[int, int] = (0, 10_000)
    arms: dict[Name, Annotated[float, Field(gt=0, allow_inf_nan=False)]] = {"control": 1.0, "treatment": 1.0}
    control: Name = "control"
    goals: tuple[Goal, ...]
    metrics: tuple[Metric, ...] = ()
    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    power: float = Field(default=0.8, gt=0, lt=1)
    looks: Looks = "daily"
    days: int = Field(default=14, ge=1, le=3650)
    cuped: bool = True
    hashed: bool = True
    """Whether ``assign`` gave the arms, so that the log can be held against it."""
    sample_ratio_alpha: float = Field(default=0.001, gt=0, lt=0.1)
    min_units: int = Field(default=100, ge=2)
    """Units that each arm must have before a result is read: below, means are not yet near normal."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.arms) < 2 or self.control not in self.arms:
            raise ValueError(f"arms are {list(self.arms)}: give at least two, one of them {self.control!r}")
        if not 0 <= self.buckets[0] < self.buckets[1] <= 10_000:
            raise ValueError(f"buckets are {self.buckets}: give a range within 0 to 10000")
        names = [goal.metric for goal in self.goals]
        if len(set(names)) < len(names) or not any(goal.role == "decision" for goal in self.goals):
            raise ValueError("goals need at least one decision metric, and no metric twice")
        known = self.known_metrics()
        for name in names:
            if name not in known:
                raise ValueError(f"goal {name!r} is no metric: choose from {', '.join(known)}")
        return self

    def known_metrics(self) -> dict[str, Metric]:
        """The built-in metrics and the design's own, by name."""
        return METRICS | {metric.name: metric for metric in self.metrics}

    def treatments(self) -> tuple[str, ...]:
        """Every arm but the control."""
        return tuple(arm for arm in self.arms if arm != self.control)

    def decisions(self) -> tuple[Goal, ...]:
        """The goals over which Holm's correction runs."""
        return tuple(goal for goal in self.goals if goal.role == "decision")


def read_design(path: Path) -> Design:
    """Read ``experiment.json``.

    Raises:
        UserError: the file is absent, no JSON, or has a wrong key or value; the message names it.

    """
    try:
        raw = orjson.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise UserError(f"{path} does not exist: `redone experiment plan --out` writes one") from error
    except (OSError, orjson.JSONDecodeError) as error:
        raise UserError(f"{path} cannot be read as JSON: {error}") from error
    return design_of(raw, str(path))


def design_of(raw: Any, source: str) -> Design:
    """Make a design of plain values.

    Raises:
        UserError: a key or value is wrong.

    """
    try:
        return Design.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "design"
        message = first["msg"].removeprefix("Value error, ")
        seen = "" if isinstance(first["input"], dict) else f", not {first['input']!r}"
        raise UserError(f"{source}: {place}: {message}{seen[:120]}") from error


def write_design(path: Path, design: Design) -> None:
    """Write ``experiment.json``, whole or not at all."""
    part = path.with_name(path.name + ".partial")
    part.write_bytes(orjson.dumps(design.model_dump(mode="json"), option=orjson.OPT_INDENT_2) + b"\n")
    part.replace(path)
