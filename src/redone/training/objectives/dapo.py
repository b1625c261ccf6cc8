"""Decoupled Clip and Dynamic sAmpling Policy Optimization (arXiv 2503.14476; RedOne 2.0, Eq. 6-8).

The loss here; which groups reach it is decided in ``rollout`` and ``groups``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from redone.training.logprobs import target_logprobs
from redone.training.packing import PackedBatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Dapo:
    """The clipped policy loss; ``temperature`` is the one that the answers were sampled at."""

    clip_low: float = 0.2
    clip_high: float = 0.28
    temperature: float = 1.0

    def loss(self, model: Any, batch: PackedBatch, normaliser: float) -> tuple[Tensor, dict[str, float]]:
        """Minus the clipped surrogate over ``normaliser``, the answer tokens of all groups of the update.

        Old log-probabilities that are NaN are those of ``model`` as it is.
        """
        logprobs, entropies = target_logprobs(model, batch, temperature=self.temperature, entropy=True)
        assert entropies is not None
        stored = batch.values["old_logprob"]
        old = torch.where(stored.isnan(), logprobs.detach(), stored)
        surrogate, clipped = clipped_surrogate(
            logprobs,
            old,
            batch.values["advantage"],
            clip_low=self.clip_low,
            clip_high=self.clip_high,
        )
        with torch.no_grad():
            drift = (logprobs - old).abs().sum()
        parts = {
            "entropy": entropies.sum().item(),
            "clip_share": clipped.sum().item(),
            "logprob_drift": drift.item(),
        }
        return -surrogate.sum() / normaliser, parts

    def summary(self, sums: Mapping[str, float], normaliser: float) -> dict[str, Any]:
        """Means per answer token: ``entropy`` (nats), ``clip_share``, ``logprob_drift`` (absolute)."""
        return {name: value / normaliser for name, value in sums.items()}


def clipped_surrogate(
    logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, *, clip_low: float, clip_high: float
) -> tuple[Tensor, Tensor]:
    """min(r A, clip(r, 1 - low, 1 + high) A) per token, and where the clip took the gradient away (bool)."""
    ratio = (logprobs - old_logprobs).exp()
    free = ratio * advantages
    bounded = ratio.clamp(1.0 - clip_low, 1.0 + clip_high) * advantages
    return torch.min(free, bounded), (bounded < free).detach()


def group_advantages(
    rewards: Sequence[float | None], *, std: Literal["sample", "population"] = "sample", eps: float = 1e-4
) -> list[float | None]:
    """(R - mean) / (std + eps) over the known rewards of a group; unknown ones stay unknown.

    The paper names neither kind of deviation nor a floor; sample deviation and 1e-4 are what TRL takes.
    """
    known = [reward for reward in rewards if reward is not None]
    assert len(known) >= 2, "a group with fewer than two known rewards has no baseline"
    mean = sum(known) / len(known)
    divisor = len(known) - 1 if std == "sample" else len(known)
    spread = (sum((reward - mean) ** 2 for reward in known) / divisor) ** 0.5
    return [None if reward is None else (reward - mean) / (spread + eps) for reward in rewards]
