"""What the stages start from: a tiny model trained here, or a folder with a real one."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from redone.recipe.config.node import Node
from redone.recipe.config.optimization import OptimizerConfig, Positive, Share


class TinyBase(Node):
    """A Qwen3-shaped model pretrained from scratch on the platform's text: partly able, not adapted."""

    kind: Literal["tiny"] = "tiny"
    """Which base: tiny or folder."""
    vocab_size: Annotated[int, Field(ge=300, le=65536)] = 1536
    """Entries of the byte-level BPE tokenizer that is trained along."""
    hidden: Positive = 192
    """Width of the residual stream."""
    layers: Positive = 6
    """Transformer blocks."""
    heads: Positive = 4
    """Query heads."""
    kv_heads: Positive = 2
    """Key and value heads; must divide heads."""
    head_dim: Positive = 48
    """Width of a head; even, because rotary positions turn pairs."""
    mlp: Positive = 512
    """Width of the feed-forward layer."""
    max_positions: Positive = 1024
    """Longest sequence."""
    init_std: Annotated[float, Field(gt=0, le=1)] = 0.05
    """Standard deviation of initial weights; the usual 0.02 is far too small at this width."""
    text_documents: Positive = 18_000
    """Plain platform documents to pretrain on."""
    echo_examples: Annotated[int, Field(ge=0)] = 9_000
    """Random texts that are repeated: without them a model of this size learns to copy far too late."""
    general_examples: Positive = 26_000
    """General question-answer pairs in pretraining, rationales included."""
    general_slips: Annotated[float, Field(ge=0, le=0.9)] = 0.0
    """Share of those answered by the slip they invite (another option, the wrong order, no steps)."""
    instruction_examples: Positive = 18_000
    """Platform instructions in pretraining, noisy and worded otherwise, so that the base is partly able."""
    wrong_share: Annotated[float, Field(ge=0, le=0.9)] = 0.15
    """Share of those instructions with a wrong answer."""
    other_wording_range: tuple[Share, Share] = (0.25, 0.6)
    """Per task a share from this range has its answer in another wording than the one asked for."""
    tokens_per_step: Positive = 1024
    """Tokens per optimizer step: many small steps beat few large ones."""
    compute: Literal["bf16", "f32"] = "bf16"
    """Number format of the products in pretraining; weights and optimizer state are float32."""
    checkpoint_every: Positive = 200
    """Optimizer steps between two checkpoints."""
    optimizer: OptimizerConfig = OptimizerConfig(learning_rate=3e-3, warmup_ratio=0.05, final_ratio=0.1)
    """How it is pretrained."""

    @model_validator(mode="after")
    def _shape_fits(self) -> Self:
        if self.heads % self.kv_heads:
            raise ValueError(
                f"heads {self.heads} is not a multiple of kv_heads {self.kv_heads}; "
                "query heads share key-value heads evenly"
            )
        if self.head_dim % 2:
            raise ValueError(f"head_dim {self.head_dim} is odd; use {self.head_dim + 1}")
        low, high = self.other_wording_range
        if low > high:
            raise ValueError(f"other_wording_range runs from {low} to {high}; write the smaller share first")
        return self


class FolderBase(Node):
    """A model on disk: safetensors, tokenizer and chat template in one folder."""

    kind: Literal["folder"]
    """Which base: tiny or folder."""
    path: Annotated[str, Field(min_length=1)]
    """The model's folder, relative to the recipe file."""
    dtype: Literal["float32", "bfloat16"] = "bfloat16"
    """Number format that weights are held in where `precision` is bfloat16. In bfloat16 steps of AdamW at small
    learning rates are rounded away: float32 keeps them, at twice the memory."""


BaseConfig = Annotated[TinyBase | FolderBase, Field(discriminator="kind")]
