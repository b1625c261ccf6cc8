"""One stage of a run: kept if it is finished, taken from the cache if another run has it, else computed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from typing import Any

from redone.recipe.durable import read_json, remove, write_json
from redone.recipe.environment import versions
from redone.recipe.folder import StageFolder
from redone.recipe.hashing import hash_value
from redone.recipe.planning import PlannedStage
from redone.recipe.stage_record import Made, finished, model_of, seal
from redone.recipe.workplace import Workplace, context_for


def make(workplace: Workplace, stage: PlannedStage, before: tuple[Made, ...]) -> Made:
    """Return the stage, computed only as far as necessary.

    Raises:
        Interrupted: a stop was asked for; what is done stays and is taken up again.
        RedoneError: the stage left no model.

    """
    folder = workplace.folder.stage(stage.index, stage.name)
    input_hash = str(before[-1].record["artifact_sha256"]) if before else ""
    record, how = finished(folder, stage, input_hash, workplace.display), "kept"
    if record is None:
        record, how = _from_cache(workplace, folder, stage, input_hash, before), "cached"
    if record is None:
        workplace.stop.check()
        record, how = _compute(workplace, folder, stage, input_hash, before), "computed"
    remove(folder.begun)
    remove(folder.work)
    record, suites = _evaluated(workplace, folder, stage, record, before)
    # A model that lies outside the run folder can change behind a cache's back.
    shared = workplace.cache is not None and stage.index <= workplace.cached and "artifact" not in record
    if workplace.cache is not None and shared and how != "cached":
        rows = workplace.log.for_stage(stage.name, frozenset()).rows()
        try:
            workplace.cache.store(workplace.cache.key(stage.config_hash, input_hash), folder, rows)
        except OSError as error:  # the run has what it needs; only other runs lose
            reason = error.strerror or error
            workplace.display.warn(f"{stage.name} is not kept in the cache {workplace.cache.root}: {reason}")
    return Made(
        stage=stage, folder=folder, model=model_of(folder, record), record=record, suites=suites, how=how
    )


def _from_cache(
    workplace: Workplace, folder: StageFolder, stage: PlannedStage, input_hash: str, before: tuple[Made, ...]
) -> dict[str, Any] | None:
    if workplace.cache is None or stage.index > workplace.cached:
        return None
    rows = workplace.cache.fetch(workplace.cache.key(stage.config_hash, input_hash), folder)
    if rows is None:
        return None
    log = workplace.log.for_stage(stage.name, frozenset(made.stage.name for made in before))
    log.rewind(0)
    for row in rows:
        workplace.log.append(row)
    return read_json(folder.record)


def _compute(
    workplace: Workplace, folder: StageFolder, stage: PlannedStage, input_hash: str, before: tuple[Made, ...]
) -> dict[str, Any]:
    hashes = {"config_sha256": stage.config_hash, "input_sha256": input_hash}
    begun = read_json(folder.begun) or {}
    if {key: begun.get(key) for key in hashes} != hashes:
        remove(folder.path)
        remove(folder.rollouts)
        begun = {}
    folder.work.mkdir(parents=True, exist_ok=True)
    state = {**hashes, "versions": begun.get("versions", dict(versions()))}
    write_json(folder.begun, {**state, "seconds": begun.get("seconds", 0.0)})
    warnings = _changed_versions(stage, state["versions"])
    for warning in warnings:
        workplace.display.warn(warning)
    earlier_seconds, start = float(begun.get("seconds", 0.0)), time.monotonic()
    context = context_for(workplace, folder, stage, before)
    if not begun:
        context.log.rewind(0)
    try:
        with (
            workplace.display.stage(stage.name) as progress,
            _profiled(workplace, folder),
            workplace.crew.sharing("make", stage.index, context),
        ):
            outcome = workplace.workshop.stages[stage.kind](replace(context, progress=progress))
    finally:
        seconds = earlier_seconds + time.monotonic() - start
        with suppress(OSError):  # only bookkeeping of time; what stopped the stage is the news
            workplace.log.close()
            write_json(folder.begun, {**state, "seconds": seconds})
    outcome = replace(outcome, warnings=(*outcome.warnings, *warnings))
    return seal(folder, stage, hashes, outcome, seconds)


def _profiled(workplace: Workplace, folder: StageFolder) -> AbstractContextManager[Any]:
    if not workplace.profile:
        return nullcontext()
    from redone.training.profile import profiling  # brings torch along, which a finished run does without

    return profiling(folder.profile, keep=True)


def _changed_versions(stage: PlannedStage, before: Mapping[str, str]) -> list[str]:
    """Return a warning for each library that is not the one a half-finished stage began with."""
    now = versions()
    return [
        f"{stage.name} began with {name} {before[name]} and goes on with {now.get(name)}; "
        "its result may differ from that of one version"
        for name in before
        if before[name] != now.get(name)
    ]


def _evaluated(
    workplace: Workplace,
    folder: StageFolder,
    stage: PlannedStage,
    record: Mapping[str, Any],
    before: tuple[Made, ...],
) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """Measure the model, unless the scores of just this model under just these settings are there."""
    key = hash_value([record["artifact_sha256"], workplace.evaluation_config])
    suites = read_json(folder.evaluation)
    if suites is not None and record.get("evaluation_sha256") == key:
        return dict(record), suites
    workplace.stop.check()
    context = context_for(workplace, folder, stage, before, model=model_of(folder, record))
    with (
        workplace.display.stage(stage.name) as progress,
        workplace.crew.sharing("measure", stage.index, context),
    ):
        measured = dict(workplace.workshop.evaluate(replace(context, progress=progress)))
    write_json(folder.evaluation, measured)
    updated = {**record, "evaluation_sha256": key}
    write_json(folder.record, updated)
    # As read back, so that a run that was interrupted here ends with the same bytes.
    return updated, read_json(folder.evaluation) or {}
