"""Cross-entropy of the next token, a mean over all targets of the optimizer step (RedOne 2.0, Eq. 9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from redone.training.logprobs import target_logprobs
from redone.training.packing import PackedBatch


@dataclass(frozen=True, slots=True)
class NextToken:
    """The objective of pretraining and fine-tuning; ``sources`` names the numbers in the batch's values."""

    sources: Sequence[str]

    def loss(self, model: Any, batch: PackedBatch, normaliser: float) -> tuple[Tensor, dict[str, float]]:
        """Minus the sum of log-probabilities over ``normaliser``, the step's number of targets.

        The mean is over the whole step and not per micro-batch, so that how rows are packed changes nothing.
        """
        logprobs, _ = target_logprobs(model, batch)
        parts: dict[str, float] = {}
        if len(self.sources) > 1:
            numbers = batch.values["source"].long()
            losses = torch.bincount(numbers, -logprobs.detach(), minlength=len(self.sources)).tolist()
            counts = torch.bincount(numbers, minlength=len(self.sources)).tolist()
            for name, loss, count in zip(self.sources, losses, counts, strict=True):
                if count:
                    parts |= {f"loss/{name}": loss, f"count/{name}": float(count)}
        return -logprobs.sum() / normaliser, parts

    def summary(self, sums: Mapping[str, float], normaliser: float) -> dict[str, Any]:
        """``targets``, and ``sources``: the mean loss and target count of every source in the step."""
        names = [name.removeprefix("loss/") for name in sums if name.startswith("loss/")]
        row: dict[str, Any] = {"targets": int(normaliser)}
        if names:
            row["sources"] = {
                name: {
                    "loss": sums[f"loss/{name}"] / sums[f"count/{name}"],
                    "targets": int(sums[f"count/{name}"]),
                }
                for name in names
            }
        return row
