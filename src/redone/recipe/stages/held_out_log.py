"""Held-out losses of a continued-pretraining stage in ``metrics.jsonl``, so that a rising source is seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redone.recipe.context import StageContext
from redone.recipe.stages.journal import StepReporter
from redone.recipe.stages.shelf import Shelf
from redone.training.held_out import HeldOut, SourceLoss

KIND = "held_out"
RISE = 0.01
"""A source whose held-out loss ends higher by more than this share is named in a warning."""

Losses = Mapping[str, SourceLoss]


def part_losses(losses: Losses, shelf: Shelf) -> dict[str, float]:
    """Part -> the mean of its sources' losses, in nats per token; sources count alike."""
    found: dict[str, list[float]] = {}
    for name, measured in losses.items():
        found.setdefault(shelf.parts[name], []).append(measured.loss)
    return {part: sum(own) / len(own) for part, own in found.items()}


class HeldOutLog:
    """Reports training rows, and measures all sources before the first step, every so often, and at the end."""

    def __init__(
        self,
        context: StageContext,
        reporter: StepReporter,
        model: Any,
        held_out: HeldOut,
        shelf: Shelf,
        every: int,
    ) -> None:
        self._context = context
        self._reporter = reporter
        self._model = model
        self._held_out = held_out
        self._shelf = shelf
        self._every = every
        self._began = False
        # Training has not touched the model yet, whether it begins now or is taken up again.
        self.start: Losses = held_out.measure(model)

    def __call__(self, row: Mapping[str, Any]) -> None:
        """Report a training row, and what is held out where it is due."""
        self._reporter(row)
        self._began = True
        step = int(row["step"]) + 1
        if step == 1:
            self._write(0, self.start)
        if step % self._every == 0:
            self._write(step, self._held_out.measure(self._model))

    def finish(self, step: int) -> Losses:
        """The losses of the trained model, logged unless they are."""
        losses = self._held_out.measure(self._model)
        log = self._context.log
        if not self._began:
            log.rewind(step)
        if not any(row["kind"] == KIND and row["step"] == step for row in log.rows()):
            self._write(step, losses)
        return losses

    def _write(self, step: int, losses: Losses) -> None:
        sources = {name: {"loss": own.loss, "targets": own.targets} for name, own in losses.items()}
        self._context.log.write(step, KIND, sources=sources, parts=part_losses(losses, self._shelf))


def verdict(start: Losses, end: Losses, shelf: Shelf) -> tuple[list[str], list[str]]:
    """Notes and warnings on what continued pretraining did to the held-out losses."""
    before, after = part_losses(start, shelf), part_losses(end, shelf)
    notes = [
        f"held-out {part} loss: {before[part]:.3f} -> {after[part]:.3f} nats per token"
        for part in sorted(after)
    ]
    warnings = []
    if after["platform"] >= before["platform"]:
        warnings.append(
            f"the held-out platform loss did not fall ({before['platform']:.3f} -> {after['platform']:.3f}): "
            "the stage taught nothing; raise the learning rate or read more text"
        )
    for name, own in end.items():
        was = start[name].loss
        if own.loss > was * (1 + RISE):
            warnings.append(
                f"the held-out loss of {name} rose ({was:.3f} -> {own.loss:.3f}): it is being forgotten; "
                "give the source a larger share or lower the learning rate"
            )
    return notes, warnings
