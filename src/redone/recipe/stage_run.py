"""One stage of a run: kept if it is finished, taken from the cache if another run has it, else computed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from redone.recipe.cache import StageCache
from redone.recipe.config import Recipe
from redone.recipe.context import StageContext, Workshop
from redone.recipe.durable import read_json, remove, write_json
from redone.recipe.folder import RunFolder, StageFolder
from redone.recipe.hashing import derive_seed, hash_value
from redone.recipe.metrics_log import MetricsLog
from redone.recipe.planning import PlannedStage
from redone.recipe.progress import Display
from redone.recipe.stage_record import Made, finished, model_of, seal
from redone.recipe.stopping import StopFlag


class LazyDataset:
    """The dataset, prepared when the first stage needs it: a finished run is looked at without it."""

    def __init__(self, recipe: Recipe, workshop: Workshop) -> None:
        self._recipe, self._workshop = recipe, workshop
        self._value: Any = None
        self._ready = False

    def get(self) -> Any:
        """Return the dataset."""
        if not self._ready:
            self._value, self._ready = self._workshop.prepare(self._recipe), True
        return self._value


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What all stages of a run work with. ``cached`` says up to which index stages go through the cache."""

    recipe: Recipe
    workshop: Workshop
    folder: RunFolder
    log: MetricsLog
    display: Display
    stop: StopFlag
    dataset: LazyDataset
    evaluation_config: Mapping[str, Any]
    cache: StageCache | None
    cached: int


def make(bench: Bench, stage: PlannedStage, before: tuple[Made, ...]) -> Made:
    """Return the stage, computed only as far as necessary.

    Raises:
        Interrupted: a stop was asked for; what is done stays and is taken up again.
        RedoneError: the stage left no model.

    """
    folder = bench.folder.stage(stage.index, stage.name)
    input_hash = str(before[-1].record["artifact_sha256"]) if before else ""
    record, how = finished(folder, stage, input_hash, bench.display), "kept"
    if record is None:
        record, how = _from_cache(bench, folder, stage, input_hash, before), "cached"
    if record is None:
        bench.stop.check()
        record, how = _compute(bench, folder, stage, input_hash, before), "computed"
    remove(folder.begun)
    remove(folder.work)
    record, suites = _evaluated(bench, folder, stage, record, before)
    if how != "cached" and bench.cache is not None and stage.index <= bench.cached:
        rows = bench.log.for_stage(stage.name, frozenset()).rows()
        bench.cache.store(bench.cache.key(stage.config_hash, input_hash), folder, rows)
    return Made(
        stage=stage, folder=folder, model=model_of(folder, record), record=record, suites=suites, how=how
    )


def _from_cache(
    bench: Bench, folder: StageFolder, stage: PlannedStage, input_hash: str, before: tuple[Made, ...]
) -> dict[str, Any] | None:
    if bench.cache is None or stage.index > bench.cached:
        return None
    rows = bench.cache.fetch(bench.cache.key(stage.config_hash, input_hash), folder)
    if rows is None:
        return None
    log = bench.log.for_stage(stage.name, frozenset(made.stage.name for made in before))
    log.rewind(0)
    for row in rows:
        bench.log.append(row)
    return read_json(folder.record)


def _compute(
    bench: Bench, folder: StageFolder, stage: PlannedStage, input_hash: str, before: tuple[Made, ...]
) -> dict[str, Any]:
    hashes = {"config_sha256": stage.config_hash, "input_sha256": input_hash}
    begun = read_json(folder.begun) or {}
    if {key: begun.get(key) for key in hashes} != hashes:
        remove(folder.path)
        remove(folder.rollouts)
        begun = {}
    folder.work.mkdir(parents=True, exist_ok=True)
    write_json(folder.begun, {**hashes, "seconds": begun.get("seconds", 0.0)})
    earlier_seconds, start = float(begun.get("seconds", 0.0)), time.monotonic()
    context = _context(bench, folder, stage, before)
    if not begun:
        context.log.rewind(0)
    try:
        with bench.display.stage(stage.name) as progress:
            outcome = bench.workshop.stages[stage.kind](replace(context, progress=progress))
    finally:
        seconds = earlier_seconds + time.monotonic() - start
        with suppress(OSError):  # only bookkeeping of time; what stopped the stage is the news
            bench.log.close()
            write_json(folder.begun, {**hashes, "seconds": seconds})
    return seal(folder, stage, hashes, outcome, seconds)


def _evaluated(
    bench: Bench,
    folder: StageFolder,
    stage: PlannedStage,
    record: Mapping[str, Any],
    before: tuple[Made, ...],
) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """Measure the model, unless the scores of just this model under just these settings are there."""
    key = hash_value([record["artifact_sha256"], bench.evaluation_config])
    suites = read_json(folder.evaluation)
    if suites is not None and record.get("evaluation_sha256") == key:
        return dict(record), suites
    bench.stop.check()
    context = _context(bench, folder, stage, before, model=model_of(folder, record))
    with bench.display.stage(stage.name) as progress:
        measured = dict(bench.workshop.evaluate(replace(context, progress=progress)))
    write_json(folder.evaluation, measured)
    updated = {**record, "evaluation_sha256": key}
    write_json(folder.record, updated)
    # As read back, so that a run that was interrupted here ends with the same bytes.
    return updated, read_json(folder.evaluation) or {}


def _context(
    bench: Bench,
    folder: StageFolder,
    stage: PlannedStage,
    before: tuple[Made, ...],
    model: Path | None = None,
) -> StageContext:
    """Return what a stage is given; with ``model``, what the evaluation of that model is given."""
    previous = before[-1].model if before else None
    # Every stage is measured with the same randomness, so that scores can be compared item by item.
    label = ("evaluation",) if model is not None else ("stage", stage.name)
    return StageContext(
        recipe=bench.recipe,
        settings=stage.settings,
        name=stage.name,
        seed=derive_seed(bench.recipe.seed, *label),
        folder=folder.path,
        work=folder.work,
        rollouts=folder.rollouts,
        previous=model if model is not None else previous,
        earlier={made.stage.name: made.folder.path for made in before},
        dataset=bench.dataset.get(),
        log=bench.log.for_stage(stage.name, frozenset(made.stage.name for made in before)),
        progress=_Silent(),
        stop=bench.stop,
    )


class _Silent:
    """Stands in until the display of the stage is open."""

    def advance(self, step: int, total: int, part: str = "", **figures: float) -> None: ...

    def note(self, text: str) -> None: ...

    def warn(self, text: str) -> None: ...
