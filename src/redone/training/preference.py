"""Preference optimization from pairs to trained weights, in one call."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import torch

from redone.errors import RedoneError
from redone.training.arithmetic import autocast
from redone.training.checkpoint import CheckpointStore
from redone.training.contracts import OnStep, Row, TrainSummary
from redone.training.documents import pair_document
from redone.training.logprobs import target_logprobs
from redone.training.loop import Loop
from redone.training.objectives.dpo import Dpo, answer_sums
from redone.training.packing import pack
from redone.training.pair_source import PairSource, References
from redone.training.pairs import TokenPair, pairs_digest
from redone.training.preference_settings import DpoSettings

# Pairs that are laid out at a time for the reference: bounds memory and the search for rows.
REFERENCE_PAIRS = 512


class CollapseError(RedoneError):
    """Chosen answers have become much less likely than at the start; no checkpoint holds these weights.

    ``step`` (0-based) is the one that showed it, ``kept`` the share of its likelihood that a chosen token has
    kept.
    """

    def __init__(self, step: int, kept: float, settings: DpoSettings) -> None:
        self.step = step
        self.kept = kept
        super().__init__(
            f"step {step}: a chosen token has kept {kept:.3g} of its likelihood (mean over up to "
            f"{settings.chosen_window} steps), below chosen_floor = {settings.chosen_floor}. Lower lr "
            f"({settings.lr:g}), raise beta ({settings.beta:g}) or next_token_weight "
            f"({settings.next_token_weight:g}), or lower chosen_floor if this is meant."
        )


def train_preference(
    model: Any,
    pairs: Sequence[TokenPair],
    settings: DpoSettings,
    *,
    checkpoints: CheckpointStore | None = None,
    on_step: OnStep | None = None,
    stop: threading.Event | None = None,
) -> TrainSummary:
    """Train ``model`` in place by DPO against itself as it is now (RedOne 1.0, stage 3).

    The reference's log-probabilities are computed once, before the first update, and are part of every
    checkpoint: no second model is held, and a resumed run goes on with the same bits. ``on_step`` gets one
    row per update with the fields of ``Dpo.summary`` and ``chosen_kept``, the quantity that ``chosen_floor``
    bounds; after a crash the updates since the last checkpoint are made, and reported, again.

    Raises:
        UserError: nothing to train on; weights that name unknown tasks; or the checkpoint belongs to other
            settings or data.
        CollapseError: chosen answers fell below ``chosen_floor``; the row that shows it was reported.
        NonFiniteError: the loss or gradient broke; the weights are those before that step.
        Interrupted: ``stop`` was set; a checkpoint was written.

    """

    def report(row: Row) -> None:
        if on_step is not None:
            on_step(row)
        if row["chosen_kept"] < settings.chosen_floor:
            raise CollapseError(row["step"], row["chosen_kept"], settings)

    source = PairSource(pairs, settings, refer=lambda: reference_logprobs(model, pairs, settings))
    return Loop(
        model=model,
        objective=Dpo(
            tasks=source.names,
            beta=settings.beta,
            label_smoothing=settings.label_smoothing,
            next_token_weight=settings.next_token_weight,
        ),
        source=source,
        settings=settings,
        fingerprint={"data": pairs_digest(pairs)},
        checkpoints=checkpoints,
        on_step=report,
        stop=stop,
    ).run()


@torch.no_grad()
def reference_logprobs(model: Any, pairs: Sequence[TokenPair], settings: DpoSettings) -> References:
    """Log-probabilities in nats of both answers of every pair under ``model``, as the update computes them."""
    training = model.training
    model.eval()
    found: dict[int, tuple[float, float]] = {}
    for first in range(0, len(pairs), REFERENCE_PAIRS):
        documents = [
            pair_document(pair, merge=settings.merge) for pair in pairs[first : first + REFERENCE_PAIRS]
        ]
        for batch in pack(
            documents,
            row_tokens=settings.row_tokens,
            batch_tokens=settings.batch_tokens,
            layout=settings.layout,
        ):
            there = batch.to(model.device)
            with autocast(model, settings):
                logprobs, _ = target_logprobs(model, there)
            sums, _ = answer_sums(logprobs, there.values["chosen"] > 0)
            for number, (chosen, rejected) in zip(batch.order, sums.tolist(), strict=True):
                found[first + number] = (chosen, rejected)
    model.train(training)
    return [found[index] for index in range(len(pairs))]
