"""What a training run is told: plain frozen dataclasses with the defaults we can defend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from redone.errors import UserError
from redone.model.products import Kernels
from redone.training.demands import not_negative, one_of, positive
from redone.training.documents import Sharing
from redone.training.packing import Layout

Schedule = Literal["constant", "linear", "cosine"]
Compute = Literal["f32", "bf16"]
SPEED_DEFAULTS = {"layout": "rows", "kernels": "torch", "recompute": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizerSettings:
    """The optimizer, its learning-rate schedule, and the arithmetic.

    ``optimizer`` "muon" uses Muon for the layers' weight matrices and AdamW for the rest.

    ``warmup_steps`` are linear from 0 to ``lr``; then ``schedule`` leads to ``final_ratio * lr`` at the last
    step. ``clip`` bounds the global gradient norm (0: unbounded). ``compute`` "bf16" keeps weights, gradients
    and optimizer in f32 and multiplies in bf16. ``row_tokens`` is the capacity of a packed row,
    ``batch_tokens`` the most slots of one micro-batch. Weight decay spares vectors (norms, biases), as is
    usual.

    ``layout`` "flat" puts packed rows one after the other, so that nothing is computed for padding; ``kernels``
    "onednn" multiplies f32 by oneDNN; "fused" also makes norms, rotation, gated units and the head with its softmax
    one step each, in the flat layout. All change the order of sums and nothing else; all are for the CPU.
    ``recompute`` keeps only each layer's input and computes the layer again in the backward pass: a third more
    work, for memory that no longer grows with the number of operations in a layer.
    """

    optimizer: Literal["adamw", "muon"] = "adamw"
    lr: float = 1e-3
    warmup_steps: int = 0
    schedule: Schedule = "constant"
    final_ratio: float = 0.1
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.95)
    eps: float = 1e-8
    clip: float = 1.0
    compute: Compute = "f32"
    row_tokens: int = 128
    batch_tokens: int = 16_384
    layout: Layout = "rows"
    kernels: Kernels = "torch"
    recompute: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        positive(self, "lr", "eps", "row_tokens", "batch_tokens")
        not_negative(self, "warmup_steps", "weight_decay", "clip", "final_ratio")
        one_of(self, "optimizer", ("adamw", "muon"))
        one_of(self, "schedule", ("constant", "linear", "cosine"))
        one_of(self, "compute", ("f32", "bf16"))
        one_of(self, "layout", ("rows", "flat"))
        one_of(self, "kernels", ("torch", "onednn", "fused"))
        if self.recompute and self.kernels != "torch":
            raise UserError(
                f"recompute is true and kernels is {self.kernels!r}; set one of them to its default"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTokenSettings(OptimizerSettings):
    """Next-token training (pretraining, fine-tuning).

    ``tokens_per_step`` counts tokens of whole sequences; a step holds as many as fit, at least one.
    ``weights`` are mixing weights by source; without them every sequence is drawn once per epoch. With them
    an epoch has the same number of draws, in the ratios asked for.
    """

    epochs: int = 1
    tokens_per_step: int = 1_024
    weights: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        OptimizerSettings.__post_init__(self)
        positive(self, "epochs", "tokens_per_step")


@dataclass(frozen=True, slots=True, kw_only=True)
class DapoSettings(OptimizerSettings):
    """DAPO (arXiv 2503.14476) as RedOne 2.0 uses it (section 3.2 and 4.1).

    A step is one rollout batch of ``groups_per_step`` kept groups of ``group_size`` answers, split into
    ``mini_batches`` optimizer updates. Prompts are drawn ``oversample`` times what is missing, at most
    ``max_rounds`` times. ``overlong_buffer`` is the length before ``max_new_tokens`` over which the penalty
    grows to ``overlong_factor`` (0: no penalty). A group whose raw scores all lie within the tolerance of
    each other teaches nothing and is dropped; ``task_tolerance`` overrides ``tolerance`` by task.
    ``mask_truncated`` leaves answers cut at the limit out of the loss (their reward stays in the baseline).
    ``std`` and ``std_eps`` state the advantage's divisor; sample deviation and 1e-4 are TRL's. ``weights``
    are drawing weights by task (default: every task equally) and ``source_weights`` the shares of the
    sources, each divided over its tasks; ``balance`` adapts them so that *kept* groups are spread as the
    weights ask. ``max_unscored`` is the share of unscored answers above which the run stops. ``share`` says
    what answers of a group share in the update; all choices give the same gradient.
    """

    steps: int = 60
    groups_per_step: int = 32
    group_size: int = 8
    oversample: float = 1.5
    max_rounds: int = 3
    mini_batches: int = 1
    clip_low: float = 0.2
    clip_high: float = 0.28
    temperature: float = 1.0
    max_new_tokens: int = 32
    overlong_buffer: int = 0
    overlong_factor: float = 1.0
    mask_truncated: bool = False
    tolerance: float = 1e-6
    task_tolerance: Mapping[str, float] = field(default_factory=dict)
    std: Literal["sample", "population"] = "sample"
    std_eps: float = 1e-4
    weights: Mapping[str, float] | None = None
    source_weights: Mapping[str, float] | None = None
    balance: bool = True
    max_unscored: float = 0.2
    share: Sharing = "prefix"
    schedule: Schedule = "constant"
    weight_decay: float = 0.1

    def __post_init__(self) -> None:
        OptimizerSettings.__post_init__(self)
        positive(
            self, "steps", "groups_per_step", "max_rounds", "mini_batches", "temperature", "max_new_tokens"
        )
        not_negative(
            self, "clip_low", "clip_high", "overlong_buffer", "overlong_factor", "tolerance", "std_eps"
        )
        one_of(self, "std", ("sample", "population"))
        one_of(self, "share", ("prefix", "prompt", "none"))
        if self.group_size < 2:
            raise UserError(
                f"group_size is {self.group_size}; a baseline needs at least 2 answers per prompt"
            )
        if self.oversample < 1:
            raise UserError(f"oversample is {self.oversample}; draw at least 1 prompt per missing group")
        if self.overlong_buffer > self.max_new_tokens:
            raise UserError(
                f"overlong_buffer is {self.overlong_buffer}, above max_new_tokens = {self.max_new_tokens}; "
                "it is the part of the answer length in which the penalty grows"
            )


def settings_to_json(settings: OptimizerSettings) -> dict[str, Any]:
    """The settings as JSON values, for fingerprints and logs.

    Speed settings at their defaults are left out, so that checkpoints from before there were any still fit.
    """
    plain = asdict(settings)
    for name, value in SPEED_DEFAULTS.items():
        if plain[name] == value:
            del plain[name]
    return {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}
