"""Next-token training from sequences to trained weights, in one call."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from redone.training.checkpoint import CheckpointStore
from redone.training.contracts import OnStep, Row, StepBatch, TrainSummary
from redone.training.documents import sequence_document
from redone.training.loop import Loop
from redone.training.objectives.next_token import NextToken
from redone.training.packing import pack
from redone.training.sequences import TokenSequence
from redone.training.settings import NextTokenSettings
from redone.training.sources import MixtureSampler


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


class SequenceSource:
    """A ``BatchSource`` over sequences: the whole plan is drawn at the start, so its state is one number."""

    def __init__(self, sequences: Sequence[TokenSequence], settings: NextTokenSettings) -> None:
        self._sequences = sequences
        self._settings = settings
        self._plan = step_plan(sequences, settings)
        self._place = 0
        self._names = sorted({sequence.source for sequence in sequences})
        self._numbers = {name: number for number, name in enumerate(self._names)}
        self.steps = len(self._plan)

    @property
    def names(self) -> list[str]:
        """The sources, in the order of the numbers in the batch's values."""
        return list(self._names)

    def next_batch(self) -> StepBatch | None:
        """The next step's sequences, packed."""
        if self._place >= self.steps:
            return None
        members = [self._sequences[index] for index in self._plan[self._place]]
        documents = [sequence_document(member, self._numbers[member.source]) for member in members]
        return StepBatch(
            step=self._place,
            micro_batches=pack(
                documents, row_tokens=self._settings.row_tokens, batch_tokens=self._settings.batch_tokens
            ),
            normaliser=float(sum(len(document.targets) for document in documents)),
            ids=[member.id for member in members],
            tokens=sum(len(member.ids) for member in members),
        )

    def finish(self, batch: StepBatch, row: Row) -> Row | None:
        """Every update is a step of its own."""
        self._place += 1
        return row

    def describe(self, summary: TrainSummary) -> TrainSummary:
        """Examples count once, however many epochs saw them."""
        used = {int(index) for step in self._plan[: self._place] for index in step}
        return replace(summary, examples=len(used))

    def state_dict(self) -> dict[str, Any]:
        """The number of steps done."""
        return {"place": self._place}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on after that many steps."""
        self._place = int(state["place"])


def step_plan(
    sequences: Sequence[TokenSequence], settings: NextTokenSettings
) -> list[np.ndarray[Any, np.dtype[np.int64]]]:
    """Indices of every step: draws until ``tokens_per_step`` would be passed.

    Steps run over the ends of epochs. A last step below half of the size joins the one before, since a mean
    over few tokens would make a step as large as any other.
    """
    sampler = MixtureSampler([sequence.source for sequence in sequences], settings.weights, settings.seed)
    draws = np.asarray([sampler.draw() for _ in range(len(sequences) * settings.epochs)], dtype=np.int64)
    lengths = np.asarray([len(sequence.ids) for sequence in sequences])[draws]
    cuts, held = [0], 0
    for place, length in enumerate(lengths.tolist()):
        if held and held + length > settings.tokens_per_step:
            cuts.append(place)
            held = 0
        held += length
    if len(cuts) > 1 and held < settings.tokens_per_step / 2:
        cuts.pop()
    return np.split(draws, cuts[1:])


def sequences_digest(sequences: Sequence[TokenSequence]) -> str:
    """A hash of all tokens, masks and sources, in order."""
    digest = hashlib.sha256()
    for sequence in sequences:
        digest.update(np.asarray((len(sequence.ids), *sequence.ids), dtype=np.int64).tobytes())
        digest.update(bytes(sequence.loss_mask))
        digest.update(sequence.source.encode() + b"\0")
    return digest.hexdigest()
