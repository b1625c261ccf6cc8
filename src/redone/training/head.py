"""The output head and the softmax over the vocabulary as one step of autograd, for layouts without padding.

The logits of a few rows exist at a time, in the processor's caches. What is kept for the backward pass is one matrix,
the slope of the log-probabilities, in the precision of the products; the gradients are then two products.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from redone.model.products import onednn_product

IN_CACHE = 1 << 20
"""Logits computed at a time (4 MiB in f32)."""


def fits(head: Any) -> bool:
    """Whether ``head`` is a plain product, which is all that this form knows."""
    return type(head) is nn.Linear and head.bias is None


def fused_logprobs(
    hidden: Tensor, head: nn.Linear, targets: Tensor, temperature: float, entropy: bool, *, onednn: bool
) -> tuple[Tensor, Tensor | None]:
    """Hidden states [N, hidden] to the targets' log-probabilities, and entropies without gradient: f32, [N]."""
    found, spread = _HeadLogprobs.apply(  # type: ignore[no-untyped-call]
        hidden, head.weight, targets, temperature, entropy, onednn
    )
    return found, spread if entropy else None


class _HeadLogprobs(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        hidden: Tensor,
        weight: Tensor,
        targets: Tensor,
        temperature: float,
        entropy: bool,
        onednn: bool,
    ) -> tuple[Tensor, Tensor]:
        kind = hidden.device.type
        dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else weight.dtype
        states, matrix = hidden.to(dtype), weight.to(dtype)
        slope = torch.empty((len(targets), weight.shape[0]), dtype=dtype, device=hidden.device)
        logprobs = torch.empty(len(targets), device=hidden.device)
        entropies = torch.empty_like(logprobs) if entropy else logprobs.new_empty(0)
        multiply = onednn_product if onednn else F.linear
        with torch.autocast(kind, enabled=False):
            for part in _parts(len(targets), weight.shape[0]):
                logits = multiply(states[part], matrix).float()
                if temperature != 1.0:
                    logits /= temperature
                logits -= logits.amax(-1, keepdim=True)
                chances = logits.exp()
                total = chances.sum(-1)
                own = targets[part, None]
                logprobs[part] = logits.gather(1, own)[:, 0] - total.log()
                if entropy:
                    entropies[part] = total.log() - torch.linalg.vecdot(chances, logits) / total
                chances /= total[:, None]
                slope[part] = chances.scatter_add_(1, own, -torch.ones_like(own, dtype=chances.dtype))
        ctx.save_for_backward(states, matrix, slope)
        ctx.temperature, ctx.onednn = temperature, onednn
        ctx.dtypes = hidden.dtype, weight.dtype
        ctx.mark_non_differentiable(entropies)
        return logprobs, entropies

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> Any:
        states, matrix, slope = ctx.saved_tensors
        pull = (outer[0] / -ctx.temperature)[:, None]
        multiply = onednn_product if ctx.onednn else F.linear
        to_states = to_matrix = None
        if ctx.needs_input_grad[0]:
            to_states = (multiply(slope, matrix.t()) * pull).to(ctx.dtypes[0])
        if ctx.needs_input_grad[1]:
            # The left side is copied in order to lie the right way round, so the narrower one is taken.
            pulled = (states * pull).to(slope.dtype)
            to_matrix = multiply(pulled.t(), slope.t()).t().to(ctx.dtypes[1])
        return to_states, to_matrix, None, None, None, None


def _parts(count: int, width: int) -> Iterator[slice]:
    size = max(1, IN_CACHE // width)
    for start in range(0, count, size):
        yield slice(start, start + size)
