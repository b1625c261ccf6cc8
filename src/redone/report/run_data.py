"""Everything that one run folder holds for the report, read once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redone.errors import UserError
from redone.report.curves import HeldOut, StageCurve, read_curves, read_held_out
from redone.report.profiles import Profile, read_profile
from redone.report.reading import Lines, mapping, read_json, read_lines, text
from redone.report.scores import Results, read_results


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence of words.json with its values, so that the page can say it in both languages."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFolder:
    """One ``stages/NN-name`` folder; parts that are absent are empty."""

    name: str
    record: Mapping[str, Any]
    suites: Mapping[str, Any]
    diagnosis: Mapping[str, Any]
    samples: tuple[Mapping[str, Any], ...]
    mixture: Mapping[str, Any] = field(default_factory=dict)
    preference: Mapping[str, Any] = field(default_factory=dict)
    doubted: Sequence[Mapping[str, Any]] = ()
    profile: Profile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunData:
    """A run folder as the report sees it. ``problems`` are what could not be read.

    ``benchmarks`` are results of `redone bench run` by folder name below ``bench``.
    """

    name: str
    results: Results
    finished: bool
    stages: tuple[StageFolder, ...]
    curves: tuple[StageCurve, ...]
    held_out: tuple[HeldOut, ...]
    recipe: Mapping[str, Any]
    environment: Mapping[str, Any]
    problems: tuple[Notice, ...]
    benchmarks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def order(self) -> list[str]:
        """Stage names in the order of the run, as scored, then those that only have a folder or a curve."""
        names = [s.name for s in self.results.stages]
        names += [s.name for s in self.stages] + [c.stage for c in self.curves]
        return list(dict.fromkeys(names))


def plain_name(name: str) -> str:
    """Drop the number of a stage's folder: ``02-targeted`` and ``targeted`` are one stage."""
    return re.sub(r"^\d+-", "", name)


def load_run(run: Path) -> RunData:
    """Read a run folder.

    Raises:
        UserError: there is no such folder. Missing or damaged files inside it do not raise.

    """
    if not run.is_dir():
        raise UserError(f"{run}: no such run folder; give the folder that `redone run --out` wrote")
    reader = _Reader()
    raw = reader.json(run / "results.json")
    folders = sorted(p for p in run.glob("stages/*") if p.is_dir())
    stages = tuple(_stage(folder, reader) for folder in folders)
    metrics = reader.lines(run / "metrics.jsonl")
    benchmarks = {path.parent.name: reader.json(path) for path in sorted(run.glob("bench/*/result.json"))}
    return RunData(
        name=run.resolve().name,
        results=read_results(_normalised(raw) if raw else _from_folders(stages)),
        finished=bool(raw),
        stages=stages,
        curves=read_curves(metrics.rows, plain_name),
        held_out=read_held_out(metrics.rows, plain_name),
        recipe=reader.json(run / "recipe.resolved.json"),
        environment=reader.json(run / "environment.json"),
        problems=tuple(reader.problems),
        benchmarks=benchmarks,
    )


class _Reader:
    """Reads files and remembers what was damaged."""

    def __init__(self) -> None:
        self.problems: list[Notice] = []

    def json(self, path: Path) -> Mapping[str, Any]:
        value, damaged = read_json(path)
        if damaged or not (value is None or isinstance(value, dict)):
            self.problems.append(Notice("damaged_file", {"file": self._shown(path)}))
        return mapping(value)

    def lines(self, path: Path) -> Lines:
        lines = read_lines(path)
        if lines.damaged:
            values = {"file": self._shown(path), "n": lines.damaged}
            self.problems.append(Notice("damaged_lines", values))
        return lines

    @staticmethod
    def _shown(path: Path) -> str:
        return (
            f"{path.parent.name}/{path.name}" if path.parent.parent.name in {"stages", "bench"} else path.name
        )


def _stage(folder: Path, reader: _Reader) -> StageFolder:
    return StageFolder(
        name=plain_name(folder.name),
        record=reader.json(folder / "stage.json"),
        suites=reader.json(folder / "evaluation.json"),
        diagnosis=reader.json(folder / "diagnosis.json"),
        samples=reader.lines(folder / "samples.jsonl").rows,
        mixture=reader.json(folder / "mixture.json"),
        preference=reader.json(folder / "preference.json"),
        doubted=reader.lines(folder / "doubted.jsonl").rows,
        profile=read_profile(plain_name(folder.name), reader.lines(folder / "profile.jsonl").rows),
    )


def _normalised(raw: Mapping[str, Any]) -> dict[str, Any]:
    entries = raw.get("stages")
    stages = entries if isinstance(entries, list) else []
    return {
        **raw,
        "stages": [{**mapping(s), "name": plain_name(text(mapping(s).get("name")))} for s in stages],
    }


def _from_folders(stages: tuple[StageFolder, ...]) -> dict[str, Any]:
    """Give what results.json would hold so far, for a run that has not written it yet."""
    return {"stages": [{**s.record, "name": s.name, "suites": s.suites} for s in stages if s.suites]}
