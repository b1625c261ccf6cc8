"""The whole recipe, and the comparison of several (an ablation)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from redone.recipe.config.base_model import BaseConfig, TinyBase
from redone.recipe.config.benchmarks import BenchmarksConfig
from redone.recipe.config.data import DataConfig, SimulatorData
from redone.recipe.config.memory import MemoryConfig
from redone.recipe.config.node import NAME_PATTERN, Node
from redone.recipe.config.optimization import Positive
from redone.recipe.config.speed import SpeedConfig, conflict
from redone.recipe.config.stages import StageConfig, StageName

Seed = Annotated[int, Field(ge=0, lt=2**31)]


class EvaluationConfig(Node):
    """How every stage's model is measured, always in both decodings."""

    items_per_task: Annotated[int, Field(ge=80)] = 80
    """Held-out prompts per platform task."""
    samples: Annotated[int, Field(ge=2, le=64)] = 2
    """Answers per prompt in the sampled decoding."""
    temperature: Annotated[float, Field(gt=0, le=2)] = 0.7
    """Temperature of the sampled decoding."""
    headline: Literal["greedy", "sampled"] = "sampled"
    """Which decoding the headline shows; fixed before the run."""
    max_new_tokens: Positive = 48
    """Answers are cut here, and a cut answer scores zero."""
    general_tolerance: Annotated[float, Field(ge=0, le=100)] = 1.0
    """Points of the general suite that a stage may cost before the run warns loudly."""


class Recipe(Node):
    """One run from data to final model."""

    name: Annotated[str, Field(pattern=NAME_PATTERN)]
    """Short name, shown in tables."""
    seed: Seed = 0
    """Every random choice follows from it; with simulated data each seed is another world."""
    threads: Annotated[int, Field(ge=1, le=1024)] = 2
    """Compute threads; results are bit-exact for a fixed number."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where models compute; auto: on the GPU if there is one. Bit-exact resume is promised for cpu."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Number format of the training computation; weights and optimizer state are float32 for tiny models."""
    data: DataConfig = SimulatorData()
    """Where examples come from."""
    benchmarks: BenchmarksConfig | None = None
    """Benchmark items to search the training data for, before anything is trained; none: no search."""
    base: BaseConfig = TinyBase()
    """What the first stage starts from."""
    memory: MemoryConfig = MemoryConfig()
    """What is traded for memory."""
    speed: SpeedConfig = SpeedConfig()
    """Faster forms of the same arithmetic, for the CPU."""
    evaluation: EvaluationConfig = EvaluationConfig()
    """How models are measured."""
    stages: tuple[StageConfig, ...] = ()
    """The stages, in order; none: the base model is measured."""

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        names = [stage.name for stage in self.stages]
        if double := sorted({n for n in names if names.count(n) > 1}):
            raise ValueError(f"two stages are named {double[0]!r}; give one of them another `name`")
        if "base" in names:
            raise ValueError("a stage is named 'base', which is the name of the starting model; rename it")
        if reason := conflict(self.speed, self.memory, self.device):
            raise ValueError(reason)
        if (
            isinstance(self.data, SimulatorData)
            and self.evaluation.items_per_task > self.data.examples_per_task.test
        ):
            raise ValueError(
                f"evaluation.items_per_task {self.evaluation.items_per_task} is more than "
                f"data.examples_per_task.test {self.data.examples_per_task.test}; raise the latter"
            )
        return self


class Arm(Node):
    """One row of a comparison."""

    stages: tuple[StageName, ...] = ()
    """Stage names, in order, from the recipe's stages and the ablation's own; none: the base model."""
    set: Mapping[str, Any] = {}
    """Dotted keys of the recipe with the value they have in this arm only."""
    label: str = ""
    """What the table calls the row; empty: the arm's name."""


class AblationRecipe(Node):
    """Several arms over several seeds, all from one recipe, computing once what arms share."""

    name: Annotated[str, Field(pattern=NAME_PATTERN)]
    """Short name, shown as the table's title."""
    recipe: Annotated[str, Field(min_length=1)]
    """The recipe that every arm starts from, relative to this file."""
    seeds: Annotated[tuple[Seed, ...], Field(min_length=1)]
    """One world, tokenizer and base model per seed."""
    set: Mapping[str, Any] = {}
    """Dotted keys of the recipe with the value they have in every arm."""
    stages: tuple[StageConfig, ...] = ()
    """Further stages that arms can name, beside those of the recipe."""
    stages_of: tuple[str, ...] = ()
    """Further recipes whose stages arms can name, relative to this file."""
    arms: Annotated[Mapping[Annotated[str, Field(pattern=NAME_PATTERN)], Arm], Field(min_length=1)]
    """The rows, in the order of the table."""
    compare: tuple[tuple[str, str], ...] = ()
    """Pairs of arms whose difference the table shows, first minus second."""
    tasks: tuple[str, ...] = ()
    """Tasks that get a table of their own, for single-task fine-tunes."""

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        if len(set(self.seeds)) != len(self.seeds):
            raise ValueError(f"seeds {list(self.seeds)} names one twice; keep one")
        for pair in self.compare:
            for name in pair:
                if name not in self.arms:
                    raise ValueError(f"compare names the arm {name!r}; the arms are {', '.join(self.arms)}")
        return self
