"""RedOne 1.0, stage 1: continued pretraining.

Whole documents of general and platform text, every token a target, packed without attention between documents. The
platform's part holds documents made of interactions: notes, comments and queries that users tie together stand in one
document. How much is read of which source is stated, even, or searched for (RegMix is what the paper names).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from redone.corpus.mixture import capped
from redone.recipe.config import ContinuedStage, FixedMixture, SearchMixture
from redone.recipe.context import StageContext, StageOutcome
from redone.recipe.durable import write_json
from redone.recipe.hashing import derive_seed
from redone.recipe.stages.held_out_log import HeldOutLog, Losses, part_losses, verdict
from redone.recipe.stages.journal import StepReporter
from redone.recipe.stages.policy import Policy, machine_fields, open_policy, save_policy
from redone.recipe.stages.proxies import Searched, search
from redone.recipe.stages.reinforce import optimizer_fields, outcome
from redone.recipe.stages.shelf import Shelf, count_tokens, fill_shelf, mixed
from redone.training import CheckpointStore, NextTokenSettings, TokenSequence, train_next_token
from redone.training.held_out import HeldOut
from redone.training.parallel import from_first

MIXTURE = "mixture.json"


def run(context: StageContext) -> StageOutcome:
    """Read the texts, settle the mixture, train, and say what it did to every source."""
    settings = context.settings
    assert isinstance(settings, ContinuedStage)
    policy = open_policy(context)
    context.progress.advance(0, 1, "reading text")
    shelf = fill_shelf(context.recipe, settings, policy.chat)
    found = mixture(context, policy, shelf, settings)
    weights = dict(zip(shelf.train, found.weights.tolist(), strict=True))
    rows = mixed(shelf.train, weights, settings.reading.tokens, derive_seed(context.seed, "rows"))
    result, start, end = read(context, policy, shelf, rows, settings)
    notes, warnings = verdict(start, end, shelf)
    write_json(context.folder / MIXTURE, _record(settings, shelf, rows, weights, found, (start, end)))
    save_policy(context, policy)
    # Documents carry no labels, so they are no examples; tokens say what was read.
    return replace(
        result,
        examples=0,
        notes=(*filter(None, [found.note]), *notes, *result.notes),
        warnings=(*filter(None, [found.warning]), *warnings, *result.warnings),
    )


def mixture(context: StageContext, policy: Policy, shelf: Shelf, settings: ContinuedStage) -> Searched:
    """The share of each source, within the repetition cap."""
    asked = settings.mixture
    limits = shelf.limits(settings.reading.tokens, settings.reading.max_repeats)
    if isinstance(asked, SearchMixture):
        return Searched.from_json(from_first(lambda: search(context, policy, shelf, limits).as_json()))
    given: Mapping[str, float] = asked.weights if isinstance(asked, FixedMixture) else {}
    wanted = np.array([given.get(name, 1.0) for name in shelf.train])
    weights = capped(wanted, limits)
    cut = [
        name for name, w, limit in zip(shelf.train, wanted / wanted.sum(), limits, strict=True) if w > limit
    ]
    note = f"read {settings.reading.max_repeats:g} times over and no more: {', '.join(cut)}" if cut else ""
    return Searched(weights, {}, note)


def read(
    context: StageContext, policy: Policy, shelf: Shelf, rows: list[TokenSequence], settings: ContinuedStage
) -> tuple[StageOutcome, Losses, Losses]:
    """Train the policy in place on the rows; the held-out losses before and after."""
    reading = settings.reading
    total = math.ceil(count_tokens(rows) / reading.tokens_per_step)
    training = NextTokenSettings(
        **optimizer_fields(reading.optimizer, total),
        **machine_fields(context.recipe),
        compute=reading.compute,
        tokens_per_step=reading.tokens_per_step,
        row_tokens=reading.row_tokens,
        seed=context.seed,
    )
    held_out = HeldOut([s for own in shelf.held_out.values() for s in own], training)
    reporter = StepReporter(context, total, "continued pretraining")
    log = HeldOutLog(context, reporter, policy.model, held_out, shelf, reading.measure_every)
    summary = train_next_token(
        policy.model,
        rows,
        training,
        checkpoints=CheckpointStore(context.work / "cpt", every=reading.checkpoint_every),
        on_step=log,
        stop=context.stop.event,
    )
    return outcome(context, summary), log.start, log.finish(summary.steps)


def _record(
    settings: ContinuedStage,
    shelf: Shelf,
    rows: list[TokenSequence],
    weights: Mapping[str, float],
    found: Searched,
    losses: tuple[Losses, Losses],
) -> dict[str, Any]:
    """What ``mixture.json`` holds."""
    start, end = losses
    sources = {}
    for name, size in shelf.sizes.items():
        tokens = sum(len(row.ids) for row in rows if row.source == name)
        sources[name] = {
            "part": shelf.parts[name],
            "documents": len(shelf.train[name]),
            "tokens": size,
            "weight": weights[name],
            "read": tokens,
            "repeats": tokens / size,
            "loss": [start[name].loss, end[name].loss],
        }
    return {
        "schema": 1,
        "kind": settings.mixture.kind,
        "tokens": count_tokens(rows),
        "sources": sources,
        "parts": {
            part: [part_losses(start, shelf)[part], loss] for part, loss in part_losses(end, shelf).items()
        },
        "search": dict(found.record) or None,
    }
