"""Log-probabilities and entropies of chosen tokens, without logits for any other position."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from redone.model.attention import FLEX
from redone.model.flat import flat_hidden, flat_ready
from redone.model.products import fused_active, onednn_active, onednn_linear
from redone.training.head import fits, fused_logprobs
from redone.training.packing import PackedBatch

# Logits of at most this many numbers exist at a time (64 MiB in f32); larger heads are recomputed backwards.
LOGITS_AT_ONCE = 1 << 24
FUSED_TIMES = 4
"""The fused form keeps one matrix and not four, so it may be larger by so much."""
PACKED_CALL = "redone_packed_pass"


def target_logprobs(
    model: Any, batch: PackedBatch, *, temperature: float = 1.0, entropy: bool = False
) -> tuple[Tensor, Tensor | None]:
    """Natural log-probabilities, [N] float32, of the batch's targets; and entropies, [N] without gradient.

    ``model`` is a causal language model of transformers: its decoder runs over all columns, its head only
    over the columns that predict a target, ``LOGITS_AT_ONCE`` logits at a time. ``temperature`` divides the
    logits, so that a policy is compared with itself as it was sampled.
    """
    through = getattr(model, PACKED_CALL, None)
    if through is not None:
        made: tuple[Tensor, Tensor | None] = through(batch, temperature=temperature, entropy=entropy)
        return made
    return packed_pass(model, batch, temperature=temperature, entropy=entropy)


def packed_pass(
    model: Any, batch: PackedBatch, *, temperature: float, entropy: bool
) -> tuple[Tensor, Tensor | None]:
    """The work of ``target_logprobs``; a model that is spread over processes offers it under ``PACKED_CALL``."""
    hidden = target_hidden(model, batch)
    return head_logprobs(
        hidden,
        model.get_output_embeddings(),
        batch.targets,
        temperature=temperature,
        entropy=entropy,
        fused=bool(batch.lengths),
    )


def target_hidden(model: Any, batch: PackedBatch) -> Tensor:
    """Hidden states, [N, hidden], at the columns that predict a target."""
    dtype = (
        torch.get_autocast_dtype(batch.ids.device.type)
        if torch.is_autocast_enabled(batch.ids.device.type)
        else model.dtype
    )
    if batch.lengths and fused_active() and flat_ready(model):
        flat = flat_hidden(model, batch.ids, batch.positions, batch.spans(dtype))
        return flat.index_select(0, batch.origins)
    if batch.lengths:
        # The spans have the masks; a tensor of four axes keeps the stock modules from making one.
        own = {"attention_mask": torch.zeros(1, 1, 1, 1), "spans": batch.spans(dtype)}
    elif model.config._attn_implementation == FLEX:
        own = {"attention_mask": {"full_attention": batch.block_mask()}}
    else:
        own = {"attention_mask": batch.mask(dtype)}
    output = model.get_decoder()(input_ids=batch.ids, position_ids=batch.positions, use_cache=False, **own)
    states = output.last_hidden_state
    chosen: Tensor = states.reshape(-1, states.shape[-1]).index_select(0, batch.origins)
    return chosen


def head_logprobs(
    hidden: Tensor,
    head: Any,
    targets: Tensor,
    *,
    temperature: float = 1.0,
    entropy: bool = False,
    fused: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """As ``target_logprobs``, from hidden states [N, hidden] and the output embedding.

    ``fused`` keeps the probabilities of the forward pass for the backward pass, which is then one product; where
    ``kernels`` are fused, head and softmax are one step of autograd (see ``head``).
    """
    step = max(1, LOGITS_AT_ONCE // head.weight.shape[0])
    onednn = onednn_active()  # asked now: pieces are computed again when it is not active any more
    one_pass: Any = _kept_logprobs if fused else _logprobs
    if fused and fused_active() and fits(head):
        step, one_pass = FUSED_TIMES * step, partial(fused_logprobs, onednn=onednn)
    elif onednn and type(head) is torch.nn.Linear and head.weight.dtype == torch.float32:
        head = partial(onednn_linear, weight=head.weight, bias=head.bias)
    if len(targets) <= step:
        whole: tuple[Tensor, Tensor | None] = one_pass(hidden, head, targets, temperature, entropy)
        return whole
    logprobs: list[Tensor] = []
    entropies: list[Tensor] = []
    for states, ids in zip(torch.split(hidden, step), torch.split(targets, step), strict=True):
        part, spread = checkpoint(one_pass, states, head, ids, temperature, entropy, use_reentrant=False)
        logprobs.append(part)
        entropies.append(spread)
    return torch.cat(logprobs), torch.cat(entropies) if entropy else None


def _logprobs(
    hidden: Tensor, head: Any, targets: Tensor, temperature: float, entropy: bool
) -> tuple[Tensor, Tensor | None]:
    logits = head(hidden).float()
    if temperature != 1.0:
        logits = logits / temperature
    if not entropy:
        return -torch.nn.functional.cross_entropy(logits, targets, reduction="none"), None
    spread = torch.log_softmax(logits, dim=-1)
    with torch.no_grad():
        entropies = -(spread.exp() * spread).sum(-1)
    return spread.gather(1, targets[:, None]).squeeze(1), entropies


def _kept_logprobs(
    hidden: Tensor, head: Any, targets: Tensor, temperature: float, entropy: bool
) -> tuple[Tensor, Tensor | None]:
    logits = head(hidden).float()
    if temperature != 1.0:
        logits = logits / temperature
    logprobs, entropies = _Spread.apply(logits, targets, entropy)  # type: ignore[no-untyped-call]
    return logprobs, entropies if entropy else None


class _Spread(torch.autograd.Function):
    """Logits [N, V] to the targets' log-probabilities and the entropies, both [N]."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, targets: Tensor, entropy: bool) -> tuple[Tensor, Tensor]:
        spread = torch.log_softmax(logits, dim=-1)
        logprobs = spread.gather(1, targets[:, None]).squeeze(1)
        chances = spread.exp()
        entropies = -torch.linalg.vecdot(chances, spread) if entropy else logprobs.new_empty(0)
        ctx.save_for_backward(chances, targets)
        ctx.mark_non_differentiable(entropies)
        return logprobs, entropies

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> Any:
        chances, targets = ctx.saved_tensors
        pull = outer[0][:, None]
        slope = chances * -pull
        return slope.scatter_add_(1, targets[:, None], pull), None, None
