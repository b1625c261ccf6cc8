"""What the loop, the objectives and the batch sources owe each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from torch import Tensor

from redone.training.packing import PackedBatch

Row = dict[str, Any]
OnStep = Callable[[Row], None]


@dataclass(slots=True, kw_only=True)
class StepBatch:
    """What one optimizer update trains on.

    ``step`` is the place on the schedule; ``normaliser`` the number of target tokens of the whole update.
    A batch without micro-batches makes no update; ``note`` says why. ``dead_groups`` is the share of the
    step's sampled groups that taught nothing; None where nothing is sampled. ``columns`` are those that are
    fed to the model, where they are not ``tokens``: the last token of a sequence is only a target.
    """

    step: int
    micro_batches: Sequence[PackedBatch]
    normaliser: float
    ids: Sequence[str]
    tokens: int
    note: str = ""
    dead_groups: float | None = None
    columns: int | None = None


class Objective(Protocol):
    """A loss over packed targets."""

    def loss(self, model: Any, batch: PackedBatch, normaliser: float) -> tuple[Tensor, dict[str, float]]:
        """The micro-batch's part of the update's loss, and sums to add up over micro-batches."""

    def summary(self, sums: Mapping[str, float], normaliser: float) -> Row:
        """The fields of the row that follow from the sums."""


class BatchSource(Protocol):
    """Where batches come from; it also turns updates into rows."""

    steps: int

    def next_batch(self) -> StepBatch | None:
        """The next batch; None when training is done."""

    def finish(self, batch: StepBatch, row: Row) -> Row | None:
        """Take note that the update was made; the row to report, None when its step goes on."""

    def describe(self, summary: TrainSummary) -> TrainSummary:
        """Fill in what only the source knows: examples, prompts, generated tokens, tasks."""

    def state_dict(self) -> dict[str, Any]:
        """Position and buffers, as JSON."""

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""


@dataclass(slots=True, kw_only=True)
class TrainSummary:
    """What a training run did. ``steps`` counts steps of the schedule, ``updates`` changes of the weights.

    ``tokens`` is what passed through the update, ``examples`` the different examples used, ``prompts`` the
    prompts drawn, ``generated`` the tokens sampled. ``resumed_at`` is the update it went on from, if it did.
    ``notes`` are lines a user should see (damaged checkpoints, dead steps).
    """

    steps: int = 0
    updates: int = 0
    seconds: float = 0.0
    tokens: int = 0
    examples: int = 0
    prompts: int = 0
    generated: int = 0
    resumed_at: int | None = None
    notes: list[str] = field(default_factory=list)
    last: Row = field(default_factory=dict)
    tasks: dict[str, dict[str, float]] = field(default_factory=dict)
