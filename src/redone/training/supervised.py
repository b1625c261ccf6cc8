"""Next-token training from sequences to trained weights, in one call."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from redone.training.checkpoint import CheckpointStore
from redone.training.contracts import OnStep, StepBatch, TrainSummary
from redone.training.documents import sequence_document
from redone.training.loop import Loop
from redone.training.objectives.next_token import NextToken
from redone.training.packing import pack
from redone.training.planned import Plan, PlannedSource, draw_plan
from redone.training.sequences import TokenSequence
from redone.training.settings import NextTokenSettings


def train_next_token(
    model: Any,
    sequences: Sequence[TokenSequence],
    settings: NextTokenSettings,
    *,
    checkpoints: CheckpointStore | None = None,
    on_step: OnStep | None = None,
    stop: threading.Event | None = None,
) -> TrainSummary:
    """Train ``model`` in place on the masked tokens of ``sequences``.

    With ``checkpoints`` an interrupted run goes on where it was and ends with the same bits. ``on_step`` gets
    one row per update; after a crash the updates since the last checkpoint are made, and reported, again.

    Raises:
        UserError: nothing to train on; or the checkpoint belongs to other settings or data.
        NonFiniteError: the loss or gradient broke; the weights are those before that step.
        Interrupted: ``stop`` was set; a checkpoint was written.

    """
    source = SequenceSource(sequences, settings)
    return Loop(
        model=model,
        objective=NextToken(source.names),
        source=source,
        settings=settings,
        fingerprint={"data": sequences_digest(sequences)},
        checkpoints=checkpoints,
        on_step=on_step,
        stop=stop,
    ).run()


class SequenceSource(PlannedSource):
    """A ``BatchSource`` over sequences."""

    def __init__(self, sequences: Sequence[TokenSequence], settings: NextTokenSettings) -> None:
        super().__init__(step_plan(sequences, settings))
        self._sequences = sequences
        self._settings = settings
        self._names = sorted({sequence.source for sequence in sequences})
        self._numbers = {name: number for number, name in enumerate(self._names)}

    @property
    def names(self) -> list[str]:
        """The sources, in the order of the numbers in the batch's values."""
        return list(self._names)

    def batch_of(self, step: int, members: Sequence[int]) -> StepBatch:
        """The step's sequences, packed."""
        chosen = [self._sequences[index] for index in members]
        documents = [sequence_document(member, self._numbers[member.source]) for member in chosen]
        return StepBatch(
            step=step,
            micro_batches=pack(
                documents,
                row_tokens=self._settings.row_tokens,
                batch_tokens=self._settings.batch_tokens,
                layout=self._settings.layout,
            ),
            normaliser=float(sum(len(document.targets) for document in documents)),
            ids=[member.id for member in chosen],
            tokens=sum(len(member.ids) for member in chosen),
            columns=sum(len(document.ids) for document in documents),
        )


def step_plan(sequences: Sequence[TokenSequence], settings: NextTokenSettings) -> Plan:
    """Indices of every step: draws until ``tokens_per_step`` would be passed."""
    return draw_plan(
        [sequence.source for sequence in sequences],
        [len(sequence.ids) for sequence in sequences],
        settings.tokens_per_step,
        epochs=settings.epochs,
        weights=settings.weights,
        seed=settings.seed,
    )


def sequences_digest(sequences: Sequence[TokenSequence]) -> str:
    """A hash of all tokens, masks and sources, in order."""
    digest = hashlib.sha256()
    for sequence in sequences:
        digest.update(np.asarray((len(sequence.ids), *sequence.ids), dtype=np.int64).tobytes())
        digest.update(bytes(sequence.loss_mask))
        digest.update(sequence.source.encode() + b"\0")
    return digest.hexdigest()
