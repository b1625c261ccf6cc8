"""From tokens to FLOPs and seconds: arithmetic at a stated utilisation, decoding bound by memory."""

from __future__ import annotations

import math
from dataclasses import dataclass

from redone.recipe.scale.architecture import Architecture
from redone.recipe.scale.flops import backward_flops, causal_pairs, forward_flops, recomputed_flops
from redone.recipe.scale.hardware import Gpu
from redone.recipe.scale.lengths import Lengths
from redone.recipe.scale.parts import Reading, Sampling


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast: ``gpus`` of a kind, the share of their arithmetic (``mfu``) and bandwidth that is reached.

    ``groups`` are decoded together on one GPU; ``width`` is the bytes of a number; ``recompute`` repeats the
    layers in the backward pass; ``frozen`` weights have no gradient.
    """

    gpu: Gpu
    gpus: int
    mfu: float
    bandwidth: float
    groups: int
    width: int
    recompute: bool
    frozen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One part of a stage: operations by kind, and seconds on all GPUs together."""

    name: str
    tokens: float
    forward: float = 0.0
    backward: float = 0.0
    sampling: float = 0.0
    seconds: float = 0.0

    @property
    def flops(self) -> float:
        """All operations."""
        return self.forward + self.backward + self.sampling


def cost_of(part: Reading | Sampling, model: Architecture, lengths: Lengths, pace: Pace) -> Cost:
    """Operations and seconds of one part."""
    if isinstance(part, Sampling):
        return _sampling(part, model, lengths, pace)
    forward = forward_flops(model, part.tokens, part.targets, part.pairs)
    backward = 0.0
    if part.trained:
        backward = backward_flops(model, part.tokens, part.targets, part.pairs, frozen=pace.frozen)
        if pace.recompute:
            backward += recomputed_flops(model, part.tokens, part.pairs)
    seconds = (forward + backward) / (pace.gpus * pace.gpu.flops * pace.mfu)
    return Cost(name=part.name, tokens=part.tokens, forward=forward, backward=backward, seconds=seconds)


def _sampling(part: Sampling, model: Architecture, lengths: Lengths, pace: Pace) -> Cost:
    """Prompts are read at the speed of arithmetic, once per group; then each step reads weights and caches."""
    answers = part.prompts * part.size
    first = forward_flops(
        model, part.prompts * part.prompt, part.prompts, part.prompts * causal_pairs(part.prompt)
    )
    pairs = answers * (part.answer * part.prompt + causal_pairs(part.answer))
    decoding = forward_flops(model, part.tokens, part.tokens, pairs)
    arithmetic = pace.gpus * pace.gpu.flops * pace.mfu
    reading = decode_bytes(part, model, lengths, pace) / (pace.gpu.bandwidth * pace.bandwidth)
    seconds = first / arithmetic + max(decoding / arithmetic, reading)
    return Cost(name=part.name, tokens=part.tokens, sampling=first + decoding, seconds=seconds)


def decode_bytes(part: Sampling, model: Architecture, lengths: Lengths, pace: Pace) -> float:
    """Bytes that one of the GPUs reads while it decodes its share.

    A batch of groups goes on until its longest answer has ended; every step reads the weights once (of a mixture,
    the experts that the batch's tokens reach), the prompt's cache once per living group, and the answers' own.
    """
    prompts = part.prompts / pace.gpus
    per_call = prompts / part.calls
    groups = max(1.0, min(float(pace.groups), per_call))
    batches = part.calls * math.ceil(per_call / groups) if per_call >= 1 else prompts
    steps = batches * lengths.longest(groups * part.size, part.limit)
    rows = groups * part.size * part.answer / lengths.longest(groups * part.size, part.limit)
    weights = read_weights(model, max(1.0, rows)) * pace.width
    cached = model.kv_numbers * pace.width
    shared = prompts * part.prompt * lengths.longest(part.size, part.limit)
    own = prompts * part.size * causal_pairs(part.answer)
    return steps * weights + cached * (shared + own)


def read_weights(model: Architecture, rows: float) -> float:
    """Weights that one decoding step of ``rows`` answers reads; tokens choose experts evenly (our assumption)."""
    fixed = model.layers * (model.attention_weights + model.hidden * model.experts) + model.head
    one = 3.0 * model.hidden * model.mlp * model.layers
    if not model.experts:
        return fixed + one
    reached: float = model.experts * (1.0 - (1.0 - model.active / model.experts) ** rows)
    return fixed + one * reached
