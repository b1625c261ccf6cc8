"""A plan as lines for people and as one JSON object for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from redone.recipe.scale.memory import GIB
from redone.recipe.scale.plan import Plan, StagePlan

SCHEMA = 1
MEMORY_LINES = (
    "weights",
    "gradients",
    "optimizer",
    "copies",
    "activations",
    "mask",
    "logits",
    "kv",
    "sampler_logits",
)


def plan_lines(plan: Plan, measured: Mapping[str, Mapping[str, Any]] | None = None) -> Iterator[str]:
    """Yield the plan line by line; ``measured`` is what a finished run says of its stages, by name."""
    model, memory = plan.model, plan.memory
    yield f"{plan.recipe.name} on {plan.gpus} x {plan.gpu.name} ({plan.gpu.memory:g} GiB each)"
    active = f", {model.active_parameters / 1e9:.2f} B active" if model.experts else ""
    yield f"model: {model.name}, {_count(model.parameters)} parameters{active}, from {plan.model_source}"
    lengths = plan.lengths
    yield f"lengths: prompts of {lengths.prompt:,.0f} tokens, answers of {lengths.answer:,.0f}; {lengths.source}"
    yield (
        f"assumed: {plan.assumptions.mfu:.0%} of peak arithmetic, {plan.assumptions.bandwidth:.0%} of peak "
        "bandwidth while decoding"
    )
    yield ""
    yield "memory of one GPU (GiB)"
    for name in MEMORY_LINES:
        yield f"  {name.replace('_', ' '):<15}{getattr(memory, name) / GIB:>9.2f}{_remark(plan, name)}"
    yield f"  {'update':<15}{memory.update / GIB:>9.2f}   {_verdict(plan, memory.update)}"
    yield f"  {'sampling':<15}{memory.sampling / GIB:>9.2f}   {_verdict(plan, memory.sampling)}"
    yield ""
    yield from _table(plan, measured or {})
    for line in plan.advice:
        yield f"! {line}"


def _remark(plan: Plan, name: str) -> str:
    memory = plan.memory
    if name == "activations":
        other = (
            memory.activations_without_recompute
            if plan.recipe.memory.recompute
            else memory.activations_with_recompute
        )
        word = "without" if plan.recipe.memory.recompute else "with"
        return f"   ({word} recompute {other / GIB:.2f})"
    if name == "kv":
        return (
            f"   ({memory.sampled_groups} groups at a time, each {memory.kv_group / GIB:.2f} at its limits)"
        )
    return ""


def _verdict(plan: Plan, value: float) -> str:
    return f"{'fits' if value <= plan.room else 'DOES NOT FIT'} in {plan.room / GIB:.1f}"


def _table(plan: Plan, measured: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    width = max([10, *(len(stage.work.name) for stage in plan.stages)])
    price = plan.assumptions.price is not None
    kinds = ("tokens", "forward", "backward", "sampling")
    head = (
        f"{'stage':<{width}}" + "".join(f"{kind:>10}" for kind in kinds) + f"{'hours':>11}{'GPU-hours':>11}"
    )
    yield head + (f"{'cost':>11}" if price else "") + ("   measured" if measured else "")
    for stage in plan.stages:
        parts = [
            sum(getattr(cost, kind) for cost in stage.costs) for kind in ("forward", "backward", "sampling")
        ]
        line = f"{stage.work.name:<{width}}{_count(stage.work.tokens):>10}"
        line += "".join(f"{_count(value):>10}" for value in parts) + _hours(plan, stage.hours)
        yield line + _seen(measured.get(stage.work.name))
    yield f"{'total':<{width}}{_count(sum(s.work.tokens for s in plan.stages)):>10}{'':>30}" + _hours(
        plan, plan.hours
    )
    yield "(tokens as a run's results.json counts them: trained, and sampled in rollouts; operations are FLOP)"


def _hours(plan: Plan, hours: float) -> str:
    cost = plan.cost(hours)
    return f"{_short(hours):>11}{_short(hours * plan.gpus):>11}" + ("" if cost is None else f"{cost:>11,.2f}")


def _seen(stage: Mapping[str, Any] | None) -> str:
    if stage is None:
        return ""
    return f"   {_count(stage['tokens'])} tokens, {_short(stage['seconds'] / 3600)} h"


def _short(hours: float) -> str:
    return f"{hours:,.1f}" if hours >= 10 else f"{hours:.3g}"


def _count(value: float) -> str:
    for power, letter in zip(range(24, 0, -3), "YZEPTGMK", strict=True):
        size = 10.0**power
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.0f}"


def plan_json(plan: Plan) -> dict[str, Any]:
    """The plan as JSON values: bytes, FLOPs, hours."""
    memory = {name: getattr(plan.memory, name) for name in MEMORY_LINES}
    return {
        "schema": SCHEMA,
        "recipe": plan.recipe.name,
        "model": {
            "name": plan.model.name,
            "source": plan.model_source,
            "parameters": plan.model.parameters,
            "active_parameters": plan.model.active_parameters,
        },
        "hardware": {
            "gpu": plan.gpu.name,
            "gpus": plan.gpus,
            "memory": plan.gpu.memory * GIB,
            "room": plan.room,
        },
        "assumptions": {
            "mfu": plan.assumptions.mfu,
            "bandwidth": plan.assumptions.bandwidth,
            "price": plan.assumptions.price,
            "prompt_tokens": plan.lengths.prompt,
            "answer_tokens": plan.lengths.answer,
            "kept": plan.lengths.kept,
            "lengths": plan.lengths.source,
        },
        "memory": {**memory, "update": plan.memory.update, "sampling": plan.memory.sampling},
        "fits": plan.fits,
        "stages": [_stage_json(plan, stage) for stage in plan.stages],
        "hours": plan.hours,
        "cost": plan.cost(plan.hours),
        "advice": list(plan.advice),
    }


def _stage_json(plan: Plan, stage: StagePlan) -> dict[str, Any]:
    return {
        "name": stage.work.name,
        "kind": stage.work.kind,
        "tokens": stage.work.tokens,
        "flops": stage.flops,
        "hours": stage.hours,
        "gpu_hours": stage.hours * plan.gpus,
        "cost": plan.cost(stage.hours),
        "parts": [
            {
                "name": cost.name,
                "tokens": cost.tokens,
                "forward": cost.forward,
                "backward": cost.backward,
                "sampling": cost.sampling,
                "hours": cost.seconds / 3600,
            }
            for cost in stage.costs
        ],
    }
