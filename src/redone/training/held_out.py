"""The loss on sequences that nothing is trained on, by source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from redone.training.arithmetic import autocast
from redone.training.documents import sequence_document
from redone.training.logprobs import target_logprobs
from redone.training.packing import PackedBatch, pack
from redone.training.sequences import TokenSequence
from redone.training.settings import OptimizerSettings


@dataclass(frozen=True, slots=True)
class SourceLoss:
    """``loss``: nats per target token; ``targets``: how many there were."""

    loss: float
    targets: int


class HeldOut:
    """Held-out sequences, packed once and measured as often as asked."""

    def __init__(self, sequences: Sequence[TokenSequence], settings: OptimizerSettings) -> None:
        self._names = sorted({sequence.source for sequence in sequences})
        numbers = {name: number for number, name in enumerate(self._names)}
        documents = [sequence_document(s, numbers[s.source]) for s in sequences]
        self._batches: list[PackedBatch] = pack(
            documents, row_tokens=settings.row_tokens, batch_tokens=settings.batch_tokens
        )
        self._settings = settings

    def measure(self, model: Any) -> dict[str, SourceLoss]:
        """Mean loss of every source; the model is left as it was, its training mode included."""
        losses = torch.zeros(len(self._names), dtype=torch.float64)
        counts = torch.zeros(len(self._names), dtype=torch.int64)
        training = model.training
        model.eval()
        with torch.no_grad(), autocast(model, self._settings):
            for batch in self._batches:
                logprobs, _ = target_logprobs(model, batch.to(model.device))
                sources = batch.values["source"].long()
                losses += torch.bincount(sources, -logprobs.double().cpu(), minlength=len(losses))
                counts += torch.bincount(sources, minlength=len(losses))
        model.train(training)
        pairs = zip(self._names, losses.tolist(), counts.tolist(), strict=True)
        return {name: SourceLoss(loss / number, int(number)) for name, loss, number in pairs}
