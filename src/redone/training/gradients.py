"""Gradients of one batch: its micro-batches add up, over all processes, and a number that is none stops the step."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from redone.training.arithmetic import autocast
from redone.training.contracts import Objective, StepBatch
from redone.training.optimizer import NonFiniteError
from redone.training.parallel.rows import own_rows
from redone.training.parallel.world import World, current_world
from redone.training.profile import timed
from redone.training.settings import OptimizerSettings


def accumulate(
    model: Any, objective: Objective, batch: StepBatch, settings: OptimizerSettings, update: int
) -> tuple[float, dict[str, float]]:
    """Loss and sums over all micro-batches and processes; gradients are left in the parameters.

    Raises:
        NonFiniteError: a loss is not finite; ``update`` is named there. Gradients of earlier micro-batches are
            left for the caller to clear.

    """
    sums: dict[str, float] = {}
    total = 0.0
    world = current_world()
    for micro in batch.micro_batches:
        own, weight = (micro, 1.0) if world is None else own_rows(micro, world)
        heard = nullcontext() if world is None else world.heard()
        with timed("forward"), autocast(model, settings), heard:
            loss, parts = objective.loss(model, own.to(model.device), batch.normaliser)
        if weight:
            total += loss.item()
        if world is None:
            demand_finite("the loss", total, batch, update)
            with timed("backward"):
                loss.backward()  # type: ignore[no-untyped-call]
        else:
            with timed("backward"), world.heard():
                (loss * weight).backward()  # type: ignore[no-untyped-call]
        for name, value in parts.items():
            sums[name] = sums.get(name, 0.0) + value * weight
    if world is not None:
        total, sums = _over_processes(world, total, sums)
        demand_finite("the loss", total, batch, update)
    return total, sums


def demand_finite(what: str, value: float, batch: StepBatch, update: int) -> None:
    """Raise ``NonFiniteError``, which names the batch, unless ``value`` is a number."""
    if not math.isfinite(value):
        raise NonFiniteError(f"{what} is {value}", update, batch.ids)


def _over_processes(world: World, total: float, sums: Mapping[str, float]) -> tuple[float, dict[str, float]]:
    whole = world.add_up({"": total, **sums})
    return whole.pop(""), whole
