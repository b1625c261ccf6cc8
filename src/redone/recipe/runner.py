"""Running a recipe into a folder: from nothing, or from wherever the last attempt stopped."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from redone.recipe.cache import StageCache
from redone.recipe.config import Recipe
from redone.recipe.context import Workshop
from redone.recipe.durable import copy_tree, disk_errors, read_json, remove, write_json
from redone.recipe.environment import describe
from redone.recipe.folder import RunFolder, clear_remains, create
from redone.recipe.hashing import hash_folder
from redone.recipe.lock import hold
from redone.recipe.metrics_log import MetricsLog
from redone.recipe.planning import PlannedStage, differences, evaluation_config, plan
from redone.recipe.processes import Crew, follow, joined
from redone.recipe.progress import Display, duration
from redone.recipe.reconcile import reconcile
from redone.recipe.results import general_cost, results, stage_entry, summary_lines
from redone.recipe.stage_record import Made
from redone.recipe.stage_run import make
from redone.recipe.stopping import StopFlag, stopping
from redone.recipe.workplace import LazyDataset, Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How to run, as opposed to what: none of this changes a result.

    ``share`` says which stages go through the cache: the base model, or all. ``restart`` allows to discard work
    that belongs to another recipe. ``profile`` writes ``profile.jsonl`` into every stage that is computed.
    """

    cache: Path | None = None
    share: Literal["base", "all"] = "base"
    restart: bool = False
    profile: bool = False
    display: Display = field(default_factory=Display)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """``how`` maps stage names to kept, cached or computed; ``results`` is the content of results.json.

    ``led`` is false in the processes of a run that only followed the first one.
    """

    root: Path
    results: Mapping[str, Any]
    how: Mapping[str, str]
    seconds: float
    led: bool = True


def run(recipe: Recipe, out: Path, workshop: Workshop, options: RunOptions | None = None) -> RunSummary:
    """Run or resume ``recipe`` in the folder ``out``; finished stages that still fit are skipped.

    Where torchrun started several processes, all call this: the first one leads (see ``processes``).

    Raises:
        UserError: the folder is in use, not writable, or holds work of another recipe.
        Interrupted: stopped on request; the same call goes on.
        AlreadySaid: the run failed, and another of its processes says why.
        RedoneError: the disk is full, or a stage failed.

    """
    with joined(recipe) as world:
        if world is None or world.first:
            return _lead(recipe, out, workshop, options or RunOptions(), Crew(world))
        start = time.monotonic()
        follow(recipe, out, workshop, world)
        content = read_json(RunFolder(out).results) or {}
        return RunSummary(root=out, results=content, how={}, seconds=time.monotonic() - start, led=False)


def _lead(recipe: Recipe, out: Path, workshop: Workshop, options: RunOptions, crew: Crew) -> RunSummary:
    start = time.monotonic()
    with disk_errors(out):
        folder = create(out)
        with hold(out), stopping() as stop:
            clear_remains(folder)
            made = _run_stages(recipe, folder, workshop, options, stop, crew)
            content = _finish(recipe, folder, made)
    crew.dismiss()
    seconds = time.monotonic() - start
    for line in summary_lines(content):
        options.display.say(line)
    options.display.say(f"{out}: done in {duration(seconds)}")
    return RunSummary(root=out, results=content, how={m.stage.name: m.how for m in made}, seconds=seconds)


def _run_stages(
    recipe: Recipe, folder: RunFolder, workshop: Workshop, options: RunOptions, stop: StopFlag, crew: Crew
) -> list[Made]:
    fingerprint = workshop.fingerprint(recipe)
    planned = plan(recipe, fingerprint)
    _prepare_folder(recipe, folder, planned, options)
    workplace = Workplace(
        recipe=recipe,
        workshop=workshop,
        folder=folder,
        log=MetricsLog(folder.metrics),
        display=options.display,
        stop=stop,
        dataset=LazyDataset(recipe, workshop, folder, options.display),
        evaluation_config=evaluation_config(recipe, fingerprint),
        cache=StageCache(options.cache) if options.cache is not None else None,
        cached=0 if options.share == "base" else len(planned),
        profile=options.profile,
        crew=crew,
    )
    made: list[Made] = []
    try:
        for stage in planned:
            options.display.say(f"[{stage.index}/{len(planned) - 1}] {stage.name}")
            made.append(make(workplace, stage, tuple(made)))
            _tell(made, options.display, recipe)
    finally:
        workplace.log.close()
    return made


def _prepare_folder(
    recipe: Recipe, folder: RunFolder, planned: tuple[PlannedStage, ...], options: RunOptions
) -> None:
    """Settle what stays of an earlier attempt, then write down what this one is."""
    resolved = recipe.model_dump(mode="json")
    before = read_json(folder.recipe)
    changes = differences(before, resolved) if before is not None else []
    verdict = reconcile(folder, planned, changes, options.restart)
    if verdict.redo:
        options.display.warn(
            f"the recipe changed: {'; '.join(changes[:6]) or 'other data or stage order'}. "
            f"Kept: {', '.join(verdict.kept) or 'nothing'}. Computed again: {', '.join(verdict.redo)}."
        )
    remove(folder.results)
    for name in verdict.redo:
        remove(folder.stages / name)
        remove(folder.root / "rollouts" / f"{name}.parquet")
    names = {stage.name for stage in planned}
    MetricsLog(folder.metrics).keep(lambda row: row.get("stage") in names)
    write_json(folder.recipe, resolved)
    write_json(folder.environment, describe(recipe.threads))


def _tell(made: list[Made], display: Display, recipe: Recipe) -> None:
    """Say how the latest stage went, loudly where it cost too much."""
    latest = made[-1]
    if latest.how == "kept":
        display.say(f"      {latest.stage.name}: finished before, kept")
    elif latest.how == "cached":
        display.say(f"      {latest.stage.name}: taken from the cache")
    for warning in latest.record["warnings"]:
        display.warn(str(warning))
    if len(made) > 1:
        before, after = (_entry(m) for m in made[-2:])
        if cost := general_cost(before, after, recipe):
            display.warn(cost)


def _finish(recipe: Recipe, folder: RunFolder, made: list[Made]) -> dict[str, Any]:
    """Put the final model in its place and write results.json, last of all."""
    last = made[-1]
    if not folder.model.is_dir() or hash_folder(folder.model) != last.record["artifact_sha256"]:
        copy_tree(last.model, folder.model)
    content = results(recipe, [_entry(m) for m in made])
    write_json(folder.results, content)
    return content


def _entry(made: Made) -> dict[str, Any]:
    return stage_entry(made.stage.name, made.stage.kind, made.record, made.suites)
