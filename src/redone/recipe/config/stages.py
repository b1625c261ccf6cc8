"""The stages a recipe can be made of, one class each; `kind` says which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from redone.recipe.config.continued import ContinuedStage
from redone.recipe.config.node import NAME_PATTERN, Node
from redone.recipe.config.optimization import Positive, RLConfig, SFTConfig, Share
from redone.recipe.config.preference import PreferenceStage

StageName = Annotated[str, Field(pattern=NAME_PATTERN)]


class ExploratoryStage(Node):
    """RL over all tasks from the base model (RedOne 2.0, section 3.2)."""

    kind: Literal["exploratory"]
    """Which stage this is."""
    name: StageName = "exploratory"
    """Folder and table name; distinct within a recipe."""
    general_share: Share = 0.25
    """Share of general prompts per step (published: 50K of 800K, 0.0625; a tiny base needs more to stay
    level)."""
    balance: Literal["kept", "drawn"] = "kept"
    """Balance tasks by the groups that survive the filter, or by the prompts drawn."""
    rl: RLConfig
    """How it is trained."""


class BucketRule(Node):
    """When a task is weak and enters the failure bucket: any of the three is enough (our choice)."""

    pass_mean_below: Share = 0.5
    """Mean score of sampled answers."""
    all_zero_above: Share = 0.6
    """Share of groups in which every answer scores zero."""
    constant_above: Share = 0.9
    """Share of a task's samples that give one and the same answer."""


class TargetedStage(Node):
    """SFT on what the diagnosis found, with soft-labelled general data (RedOne 2.0, section 3.3)."""

    kind: Literal["targeted"]
    """Which stage this is."""
    name: StageName = "targeted"
    """Folder and table name; distinct within a recipe."""
    bucket: BucketRule = BucketRule()
    """Which tasks are weak."""
    diagnosis_items: Annotated[int, Field(ge=8)] = 40
    """Dev prompts per task for the diagnosis."""
    diagnosis_samples: Annotated[int, Field(ge=2, le=64)] = 8
    """Sampled answers per dev prompt."""
    examples: Positive = 2000
    """Rows of the stage, all sources together, before epochs."""
    gold_share: Share = 0.65
    """Weak tasks with the logged reference, normalised."""
    soft_share: Share = 0.1
    """Weak tasks with the model's own best answer, where one scores at least min_score."""
    replay_share: Share = 0.195
    """Strong tasks with the model's own best answer; without it neighbouring tasks are unlearned (our
    addition)."""
    general_share: Share = 0.055
    """General prompts answered by the model itself, best of `candidates` (published: 100K of 1.8M)."""
    candidates: Annotated[int, Field(ge=1, le=64)] = 8
    """Answers sampled per soft label."""
    temperature: Annotated[float, Field(gt=0, le=2)] = 1.0
    """Sampling temperature of candidates (not published)."""
    min_score: Share = 0.5
    """Soft labels below this score are left out, and counted."""
    upweight_hopeless: Annotated[float, Field(ge=1, le=20)] = 2.0
    """Weight of a task in which more than all_zero_above of the groups are all wrong: RL cannot reach it (our
    reading of "impactful"; 1: none)."""
    upweight_rare: Annotated[float, Field(ge=1, le=20)] = 2.0
    """Weight of the rarest task of a capability against its most frequent one (1: none)."""
    sft: SFTConfig
    """How it is trained."""

    @model_validator(mode="after")
    def _shares_fill_one(self) -> Self:
        total = self.gold_share + self.soft_share + self.replay_share + self.general_share
        if abs(total - 1) > 1e-6:
            raise ValueError(
                f"gold_share + soft_share + replay_share + general_share is {total:.4g}, not 1; "
                f"for example set gold_share to {max(0.0, self.gold_share + 1 - total):.4g}"
            )
        return self


class RefinementStage(Node):
    """RL on what is hard but not hopeless for the model (RedOne 2.0, section 3.4)."""

    kind: Literal["refinement"]
    """Which stage this is."""
    name: StageName = "refinement"
    """Folder and table name; distinct within a recipe."""
    hard_low: Share = 0.05
    """Prompts with a lower pass rate are left out as hopeless."""
    hard_high: Share = 0.95
    """Prompts with a higher pass rate are left out as solved."""
    screen_samples: Annotated[int, Field(ge=2, le=64)] = 8
    """Answers per prompt to estimate its pass rate."""
    general_share: Share = 0.25
    """Share of general prompts per step (the split of the published 400K is unknown)."""
    rationale_share: Share | None = 0.5718
    """Share of prompts from tasks that reason before they answer (published: 57.18 %); null: as the pool
    has them."""
    balance: Literal["kept", "drawn"] = "kept"
    """Balance tasks by the groups that survive the filter, or by the prompts drawn."""
    rl: RLConfig
    """How it is trained."""

    @model_validator(mode="after")
    def _band_is_a_band(self) -> Self:
        if self.hard_low >= self.hard_high:
            raise ValueError(
                f"hard_low {self.hard_low} is not below hard_high {self.hard_high}; for example 0.05 and 0.95"
            )
        return self


class SupervisedStage(Node):
    """SFT on the pool: both steps of RedOne 1.0, and the baseline that the RL-first order is compared with."""

    kind: Literal["supervised"]
    """Which stage this is."""
    name: StageName = "supervised"
    """Folder and table name; distinct within a recipe."""
    general_share: Share = 0.06
    """Share of general examples, with their references as logged."""
    tasks: tuple[str, ...] = ()
    """Platform tasks to train on; empty: every task of the pool. One name makes a single-task fine-tune."""
    emphasis: Mapping[str, Annotated[float, Field(gt=0, le=100)]] = {}
    """Task -> how often its examples come in one epoch, against once for the others (a fraction: that share of
    them): the tasks that matter most on the platform."""
    normalised_targets: bool = True
    """Bring targets into the form that the prompt asks for; false: as the log words them."""
    sft: SFTConfig
    """How it is trained."""


StageConfig = Annotated[
    ExploratoryStage | TargetedStage | RefinementStage | SupervisedStage | PreferenceStage | ContinuedStage,
    Field(discriminator="kind"),
]
