"""One run as the console shows it: its stages, how far each is, and its scores."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redone.report.reading import count, mapping, number, sequence, text
from redone.report.run_data import plain_name
from redone.report.scores import Estimate, Results, StageScores, read_results
from redone.serving.console.files import Reader
from redone.serving.console.live import LiveLogs
from redone.serving.console.places import Places

QUIET_SECONDS = 180.0
"""A run that has written nothing for so long counts as stopped; evaluations write no rows."""


def summary(places: Places, name: str, folder: Path) -> dict[str, Any]:
    """One line of the list of runs."""
    reader = Reader(places, folder)
    stages = _stage_entries(reader)
    results = _results(reader, stages)
    last = next((s for s in reversed(results.stages) if s.suites), None)
    return {
        "name": name,
        "state": run_state(reader, stages),
        "done": sum(stage["state"] == "done" for stage in stages),
        "stages": len(stages),
        "touched": _touched(folder, stages),
        "recipe": text(reader.json("recipe.resolved.json").get("name")),
        "scores": _scores(last, results.headline) if last else {},
        "problems": reader.problems,
    }


def detail(places: Places, name: str, folder: Path, logs: LiveLogs) -> dict[str, Any]:
    """Everything of the run's own page; also what is asked again and again while the run goes on."""
    reader = Reader(places, folder)
    stages = _stage_entries(reader)
    results = _results(reader, stages)
    live = _live(reader, logs)
    by_name = {stage["name"]: stage for stage in live["stages"]}
    measured = {stage.name: stage for stage in results.stages}
    for stage in stages:
        found = measured.get(stage["name"])
        stage["scores"] = {d: _scores(found, d) for d in results.decodings} if found else {}
        log = by_name.get(stage["name"], {})
        stage["step"] = count(log.get("last", {}).get("step")) or stage["steps"]
        stage["last"] = log.get("last", {})
        stage["curves"] = log.get("curves", {})
    recipe = reader.json("recipe.resolved.json")
    return {
        "name": name,
        "state": run_state(reader, stages),
        "age": live["age"],
        "recipe": text(recipe.get("name")),
        "seed": recipe.get("seed") if isinstance(recipe.get("seed"), int) else None,
        "stages": stages,
        "suites": results.suites,
        "decodings": results.decodings,
        "headline": results.headline,
        "tolerance": number(mapping(recipe.get("evaluation")).get("general_tolerance")) or 1.0,
        "problems": reader.problems,
    }


def stage_scores(places: Places, folder: Path) -> Results:
    """The scores of a run, from results.json or, before it is there, from its stages."""
    reader = Reader(places, folder)
    return _results(reader, _stage_entries(reader))


def run_state(reader: Reader, stages: list[dict[str, Any]]) -> str:
    """``done``, ``running``, ``stopped`` or ``empty``."""
    if stages and all(s["state"] == "done" for s in stages) and reader.path("results.json"):
        return "done"
    if not any(s["state"] != "waiting" for s in stages) and reader.path("metrics.jsonl") is None:
        return "empty"
    return "running" if time.time() - _touched(reader.folder, stages) < QUIET_SECONDS else "stopped"


def _stage_entries(reader: Reader) -> list[dict[str, Any]]:
    """The stages that have a folder, then those that the recipe still has ahead."""
    entries = [_stage_entry(reader, folder) for folder in reader.places.stages(reader.folder)]
    recipe = reader.json("recipe.resolved.json")
    planned = [mapping(stage) for stage in sequence(recipe.get("stages"))]
    known = {entry["name"] for entry in entries}
    for stage in planned:
        name = text(stage.get("name")) or "?"
        steps = count(mapping(stage.get("rl")).get("steps")) or count(stage.get("steps"))
        if name not in known:
            entries.append(_waiting(name, text(stage.get("kind"))))
        for entry in entries:
            if entry["name"] == name:
                entry["planned"] = entry["planned"] or steps
    return entries


def _stage_entry(reader: Reader, folder: str) -> dict[str, Any]:
    record = reader.json("stages", folder, "stage.json")
    base = reader.folder / "stages" / folder
    return {
        "name": plain_name(folder),
        "folder": folder,
        "kind": text(record.get("kind")),
        "state": "done" if record else "begun",
        "steps": count(record.get("steps")),
        "planned": count(record.get("steps")),
        "seconds": number(record.get("seconds")),
        "examples": count(record.get("examples")),
        "prompts": count(record.get("prompts")),
        "tokens": count(record.get("tokens")),
        "notes": [text(note) for note in sequence(record.get("notes"))],
        "warnings": [text(note) for note in sequence(record.get("warnings"))],
        "samples": (base / "samples.jsonl").is_file(),
        "diagnosis": (base / "diagnosis.json").is_file(),
        "rollouts": (reader.folder / "rollouts" / f"{folder}.parquet").is_file(),
    }


def _waiting(name: str, kind: str) -> dict[str, Any]:
    empty = dict.fromkeys(("steps", "planned", "seconds", "examples", "prompts", "tokens"))
    absent = {"samples": False, "diagnosis": False, "rollouts": False}
    return {
        "name": name, "folder": "", "kind": kind, "state": "waiting", **empty, "notes": [], "warnings": [],
        **absent,
    }  # fmt: skip


def _results(reader: Reader, stages: list[dict[str, Any]]) -> Results:
    raw: Mapping[str, Any] = reader.json("results.json")
    entries = [mapping(stage) for stage in sequence(raw.get("stages"))]
    if not entries:
        names = [stage["folder"] for stage in stages if stage["folder"]]
        entries = [{"name": n, "suites": reader.json("stages", n, "evaluation.json")} for n in names]
    renamed = [{**entry, "name": plain_name(text(entry.get("name")))} for entry in entries]
    return read_results({**raw, "stages": renamed})


def _live(reader: Reader, logs: LiveLogs) -> dict[str, Any]:
    nothing: dict[str, Any] = {"age": None, "damaged": 0, "stages": []}
    path = reader.path("metrics.jsonl")
    if path is None:
        return nothing
    try:
        live = logs.read(path)
    except OSError:
        reader.problem("damaged_file", "metrics.jsonl")
        return nothing
    if live["damaged"]:
        reader.problem("damaged_lines", "metrics.jsonl", n=live["damaged"])
    return live


def _touched(folder: Path, stages: list[dict[str, Any]]) -> float:
    """When the run last wrote something, in seconds since the epoch; 0 when that cannot be told."""
    names = ["metrics.jsonl", "results.json", "recipe.resolved.json"]
    for stage in stages:
        if stage["folder"]:
            names += [f"stages/{stage['folder']}", f"stages/{stage['folder']}/work"]
    times = [0.0]
    for name in names:
        try:
            times.append((folder / name).stat().st_mtime)
        except OSError:
            continue
    return max(times)


def _scores(stage: StageScores, decoding: str) -> dict[str, dict[str, float | int | None]]:
    return {suite: estimate(stage.score(suite, decoding)) for suite in stage.suites}


def estimate(value: Estimate) -> dict[str, float | int | None]:
    """An estimate in points with its interval."""
    return {"score": value.value, "low": value.low, "high": value.high, "n": value.n}
