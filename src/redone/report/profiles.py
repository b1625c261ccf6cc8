"""Profiles of training steps: the rows of a stage's profile.jsonl, one entry per step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from redone.report.curves import Points
from redone.report.reading import count, mapping, number, text

PARTS = ("sampling", "reward", "forward", "backward", "optimizer", "waiting", "other")


@dataclass(slots=True)
class Step:
    """What one step took: seconds in all and by part, tokens, slots with padding, operations, dead groups."""

    seconds: float = 0.0
    parts: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PARTS, 0.0))
    tokens: float = 0.0
    slots: float = 0.0
    generated: float = 0.0
    used: float = 0.0
    """Seconds that the counted operations take at the measured peak."""
    dead: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The steps of one stage by number, from 1 on, and the machine that made the last of them."""

    stage: str
    steps: Mapping[int, Step]
    device: str
    dtype: str
    processes: int

    def points(self, value: str, over: str = "") -> Points:
        """A quantity by step, as it is or per ``over``; steps without it are left out."""
        found: Points = []
        for number_, step in self.steps.items():
            top = getattr(step, value)
            below = getattr(step, over) if over else 1.0
            if top is not None and below > 0:
                found.append((float(number_), top / below))
        return found

    def total(self, value: str) -> float:
        """The sum of a quantity over all steps."""
        return float(sum(getattr(step, value) or 0.0 for step in self.steps.values()))

    def share(self, part: str) -> float:
        """The part of the time, in percent, over all steps."""
        return 100 * sum(step.parts[part] for step in self.steps.values()) / self.total("seconds")


def read_profile(stage: str, rows: Iterable[Mapping[str, Any]]) -> Profile | None:
    """The profile of a stage; None without a single whole step.

    Lines of one step (its mini-batches) are added up. A step that was made again after an interruption, that is
    after a further first line, counts as made last.
    """
    steps: dict[int, Step] = {}
    head: Mapping[str, Any] = {}
    fresh: set[int] = set()
    for row in rows:
        if "schema" in row:
            head, fresh = row, set()
        elif (place := count(row.get("step"))) is not None and (number(row.get("seconds")) or 0.0) > 0:
            if place not in fresh:
                steps[place] = Step()
                fresh.add(place)
            _add(steps[place], row)
    if not steps:
        return None
    return Profile(
        stage=stage,
        steps={place + 1: steps[place] for place in sorted(steps)},
        device=text(head.get("device")),
        dtype=text(head.get("dtype")),
        processes=count(head.get("processes")) or 1,
    )


def _add(step: Step, row: Mapping[str, Any]) -> None:
    seconds = number(row.get("seconds")) or 0.0
    step.seconds += seconds
    for name, spent in mapping(row.get("parts")).items():
        known = name if name in PARTS else "other"
        step.parts[known] += max(0.0, number(spent) or 0.0)
    step.tokens += number(row.get("tokens")) or 0.0
    step.slots += number(row.get("slots")) or 0.0
    step.generated += number(row.get("generated")) or 0.0
    step.used += (number(row.get("mfu")) or 0.0) * seconds
    dead = number(row.get("dead_groups"))
    step.dead = step.dead if dead is None else dead
