"""How weights move: the optimizer, the two kinds of training, and their bounds."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from redone.recipe.config.node import Node

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[int, Field(ge=1)]
Rate = Annotated[float, Field(gt=0, le=1)]


class OptimizerConfig(Node):
    """AdamW with a warm-up and one of three schedules."""

    kind: Literal["adamw", "muon"] = "adamw"
    """adamw (as published), or muon: Muon for the layers' matrices and AdamW for the rest, which teaches a small
    model from scratch in fewer steps."""
    learning_rate: Rate
    """Highest learning rate, reached after the warm-up."""
    schedule: Literal["constant", "cosine", "linear"] = "cosine"
    """How the rate falls after the warm-up; `constant` ignores final_ratio."""
    warmup_steps: Annotated[int, Field(ge=0)] = 5
    """Optimizer steps (rollout steps in RL) over which the rate rises from zero. Used when warmup_ratio is
    null."""
    warmup_ratio: Annotated[float, Field(ge=0, lt=1)] | None = None
    """Warm-up as a share of all steps; null: warmup_steps counts."""
    final_ratio: Share = 0.1
    """Rate at the last step as a share of the highest."""
    weight_decay: Share = 0.0
    """Decoupled weight decay (the published RL setting is 0.1; nothing is published for SFT)."""
    clip_norm: Annotated[float, Field(gt=0)] = 1.0
    """Gradients with a larger norm are scaled down to it (not published; 1.0 is the usual value)."""
    betas: Annotated[tuple[float, float], Field(description="AdamW moment decay rates, each in [0, 1).")] = (
        0.9,
        0.95,
    )
    eps: Annotated[float, Field(gt=0, le=1e-3)] = 1e-8
    """AdamW denominator term."""

    @model_validator(mode="after")
    def _betas_in_range(self) -> Self:
        if not all(0 <= beta < 1 for beta in self.betas):
            raise ValueError(f"betas must lie in [0, 1), not {list(self.betas)}; for example [0.9, 0.95]")
        return self


class RLConfig(Node):
    """DAPO (RedOne 2.0, Eq. 6-8 and section 4.1): what a rollout step samples, keeps and does with it."""

    steps: Positive
    """Rollout steps of the stage."""
    groups_per_step: Positive = 32
    """Groups (prompts with all their answers) that one step trains on."""
    group_size: Annotated[int, Field(ge=2, le=256)] = 8
    """Answers sampled per prompt (G); at least 2, because advantages compare answers of one group."""
    oversample: Annotated[float, Field(ge=1, le=8)] = 1.5
    """Prompts drawn in the first round, as a multiple of groups_per_step; the surplus pays for dropped
    groups."""
    max_rounds: Annotated[int, Field(ge=1, le=32)] = 3
    """Sampling rounds per step at most; when they are spent the smaller batch is trained and recorded."""
    mini_batches: Positive = 1
    """Optimizer steps per rollout; each takes groups_per_step / mini_batches groups."""
    clip_low: Annotated[float, Field(gt=0, lt=1)] = 0.2
    """Probability ratios below 1 - clip_low give no gradient when the advantage is negative."""
    clip_high: Annotated[float, Field(gt=0, lt=10)] = 0.28
    """Probability ratios above 1 + clip_high give no gradient when the advantage is positive
    (clip-higher)."""
    temperature: Annotated[float, Field(gt=0, le=2)] = 1.0
    """Sampling temperature of rollouts (not published; 1.0 samples from the policy that is trained)."""
    max_prompt_tokens: Positive = 256
    """Longer prompts are left out of the stage, and counted."""
    max_new_tokens: Positive = 32
    """Answers are cut here, and a cut answer scores zero."""
    overlong_buffer: Annotated[int, Field(ge=0)] = 8
    """The soft length penalty rises over the last so many tokens before max_new_tokens; 0 switches it off."""
    overlong_factor: Annotated[float, Field(ge=0, le=10)] = 1.0
    """Penalty at the length limit."""
    mask_truncated: bool = False
    """Leave cut answers out of the loss (DAPO's overlong filtering); off in the published recipe."""
    even_classes: bool = False
    """Draw the classes of closed questions equally often, so that the commonest answer earns nothing by itself."""
    unscored_limit: Share = 0.2
    """The stage stops when a larger share of the answers of a step could not be scored."""
    checkpoint_every: Positive = 10
    """Rollout steps between two checkpoints."""
    optimizer: OptimizerConfig
    """How the weights move."""

    @model_validator(mode="after")
    def _sizes_fit(self) -> Self:
        if self.overlong_buffer > self.max_new_tokens:
            raise ValueError(
                f"overlong_buffer {self.overlong_buffer} is longer than max_new_tokens "
                f"{self.max_new_tokens}; "
                "the buffer is the last part of the allowed length, so make it shorter"
            )
        if self.groups_per_step % self.mini_batches:
            raise ValueError(
                f"groups_per_step {self.groups_per_step} does not divide into mini_batches "
                f"{self.mini_batches}; "
                "choose a divisor, so that every optimizer step sees equally many groups"
            )
        return self


DOUBT_SAMPLES = 8
"""Answers per row when references are doubted: a right one that half of them give is missed by all with 0.4 %."""


class SFTConfig(Node):
    """Next-token training on answers (RedOne 2.0, section 4.1)."""

    epochs: Annotated[int, Field(ge=1, le=100)] = 2
    """Passes over the examples."""
    tokens_per_step: Positive = 2048
    """Tokens (prompts included) per optimizer step."""
    row_tokens: Positive = 512
    """Examples are packed into rows of so many tokens, without attention between examples; longer examples are
    left out, and counted."""
    checkpoint_every: Positive = 50
    """Optimizer steps between two checkpoints."""
    doubt_below: Share = 0.0
    """Logged references that score less than this share of what rows like them score after a first round are doubted;
    a second round leaves them out (0: one round; 0.3 finds wrong labels; our addition)."""
    optimizer: OptimizerConfig
    """How the weights move."""

    @model_validator(mode="after")
    def _rows_fit(self) -> Self:
        if self.row_tokens > self.tokens_per_step:
            raise ValueError(
                f"row_tokens {self.row_tokens} is larger than tokens_per_step {self.tokens_per_step}; "
                "a step holds whole rows, so raise tokens_per_step or lower row_tokens"
            )
        return self
