"""The plan of a recipe on given hardware: stages with tokens, FLOPs, hours and cost, memory, and what to change."""

from __future__ import annotations

from dataclasses import dataclass

from redone.errors import UserError
from redone.recipe.config import Recipe
from redone.recipe.scale.advice import advise
from redone.recipe.scale.architecture import Architecture
from redone.recipe.scale.clock import Cost, Pace, cost_of
from redone.recipe.scale.hardware import Gpu
from redone.recipe.scale.lengths import Lengths
from redone.recipe.scale.memory import GIB, RESERVE, Memory, memory_of, product_bytes
from redone.recipe.scale.parts import Work
from redone.recipe.scale.work import work_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What first principles do not say.

    ``mfu`` is the share of the peak arithmetic that training and reading prompts reach, ``bandwidth`` the share of
    the memory bandwidth that decoding reaches, ``price`` what one GPU costs per hour, in any currency.
    """

    mfu: float = 0.4
    bandwidth: float = 0.6
    price: float | None = None

    def __post_init__(self) -> None:
        for name, value in (("--mfu", self.mfu), ("--bandwidth", self.bandwidth)):
            if not 0 < value <= 1:
                raise UserError(f"{name} is {value:g}; it is a share of the peak, above 0 and at most 1")
        if self.price is not None and self.price < 0:
            raise UserError(f"--price is {self.price:g}; it is a price per GPU and hour, not below 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePlan:
    """A stage in figures."""

    work: Work
    costs: tuple[Cost, ...]

    @property
    def flops(self) -> float:
        """All operations."""
        return sum(cost.flops for cost in self.costs)

    @property
    def hours(self) -> float:
        """Wall time on all GPUs."""
        return sum(cost.seconds for cost in self.costs) / 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that ``redone plan`` says."""

    recipe: Recipe
    model: Architecture
    model_source: str
    gpu: Gpu
    gpus: int
    lengths: Lengths
    assumptions: Assumptions
    memory: Memory
    stages: tuple[StagePlan, ...]
    advice: tuple[str, ...]

    @property
    def room(self) -> float:
        """Bytes of a GPU that may be used."""
        return self.gpu.memory * GIB * (1 - RESERVE)

    @property
    def fits(self) -> bool:
        """Whether the peak stays within that."""
        return self.memory.peak <= self.room

    @property
    def hours(self) -> float:
        """Wall time of everything."""
        return sum(stage.hours for stage in self.stages)

    def cost(self, hours: float) -> float | None:
        """What so many hours of all GPUs cost; None without a price."""
        return None if self.assumptions.price is None else hours * self.gpus * self.assumptions.price


def plan_scale(
    recipe: Recipe,
    model: Architecture,
    gpu: Gpu,
    gpus: int,
    lengths: Lengths,
    assumptions: Assumptions,
    source: str = "",
) -> Plan:
    """The plan of ``recipe`` with a base of these sizes on ``gpus`` accelerators.

    Raises:
        UserError: there is no GPU.

    """
    if gpus < 1:
        raise UserError(f"--gpus is {gpus}; plan for at least one")
    memory = memory_of(recipe, model, gpus)
    pace = Pace(
        gpu=gpu,
        gpus=gpus,
        mfu=assumptions.mfu,
        bandwidth=assumptions.bandwidth,
        groups=fitting_groups(memory, gpu),
        width=product_bytes(recipe),
        recompute=recipe.memory.recompute,
        frozen=recipe.memory.lora is not None,
    )
    stages = [
        StagePlan(work=work, costs=tuple(cost_of(part, model, lengths, pace) for part in work.parts))
        for work in work_of(recipe, lengths)
    ]
    return Plan(
        recipe=recipe,
        model=model,
        model_source=source,
        gpu=gpu,
        gpus=gpus,
        lengths=lengths,
        assumptions=assumptions,
        memory=memory,
        stages=tuple(stages),
        advice=tuple(advise(recipe, model, gpu, gpus, memory)),
    )


def fitting_groups(memory: Memory, gpu: Gpu) -> int:
    """Groups that decode together: as many as the sampler takes, fewer where their caches do not fit."""
    room = gpu.memory * GIB * (1 - RESERVE) - (memory.sampling - memory.kv)
    return max(1, min(memory.sampled_groups, int(room / memory.kv_group)))
