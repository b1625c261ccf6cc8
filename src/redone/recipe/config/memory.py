"""How a model that is large for its card is trained on it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from redone.recipe.config.node import Node
from redone.recipe.config.optimization import Positive


class LoraConfig(Node):
    """Low-rank adapters instead of all weights; they are merged into the weights when a stage ends."""

    rank: Positive = 16
    """Rank of the adapters."""
    alpha: Annotated[float, Field(gt=0)] = 32.0
    """Adapters count alpha / rank."""


class MemoryConfig(Node):
    """What is traded for memory; nothing by default. `redone plan` says what a card needs."""

    recompute: bool = False
    """Keep only the layers' inputs and compute the layers again in the backward pass: a third more work."""
    micro_batch_tokens: Positive | None = None
    """Most slots of one micro-batch of an update; null: 16,384. One group, pair or row is never cut."""
    sampling_tokens: Positive | None = None
    """Most tokens, prompts and answers at their limits, that are sampled at a time; null: what suits the device."""
    flex: bool = False
    """Flex attention on a GPU instead of a dense mask, which costs the square of a row."""
    lora: LoraConfig | None = None
    """Train adapters only; null: all weights. Needs the package peft."""
