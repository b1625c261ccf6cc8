"""Which runs and experiments lie under the folder that is shown, and the only way to a file in them.

A client names a run by its path below the folder. The name is looked up among those found, never joined to
a path, and a file is opened only when it really lies below the folder, whatever links say.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from redone.errors import UserError
from redone.serving.http.errors import Refused

DEPTH = 5
"""Levels below the folder in which runs are looked for; an ablation's runs lie three deep."""
MOST_FOLDERS = 20_000
"""Folders looked at; a home directory given by mistake must not keep the page waiting."""
FRESH_SECONDS = 2.0
RUN_MARKS = ("recipe.resolved.json", "results.json", "metrics.jsonl", "stages")
INSIDE = frozenset({"stages", "model", "rollouts", "work", "cache", "checkpoints"})
"""Folders of a run or an ablation that hold no other run."""


@dataclass(frozen=True, slots=True)
class Found:
    """What lies where, by the name that clients use. ``cut`` tells that there were too many folders."""

    runs: dict[str, Path]
    experiments: dict[str, Path]
    cut: bool = False


class Places:
    """The folder that is shown."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise UserError(f"{root}: no such folder; give the folder that holds your runs, for example runs")
        self.root = root.resolve()
        self._found: tuple[float, Found] | None = None
        self._lock = Lock()

    def found(self) -> Found:
        """What lies there now; looked up anew every few seconds."""
        with self._lock:
            now = time.monotonic()
            if self._found is None or now - self._found[0] > FRESH_SECONDS:
                self._found = (now, self._look())
            return self._found[1]

    def run(self, name: str) -> Path:
        """The folder of a run. Raises ``Refused`` (404) for a name that was not found."""
        return self._named(self.found().runs, name, "run")

    def experiment(self, name: str) -> Path:
        """The folder of an experiment. Raises ``Refused`` (404)."""
        return self._named(self.found().experiments, name, "experiment")

    def stage(self, run: Path, name: str) -> str:
        """The name of a stage's folder, when the run has it. Raises ``Refused`` (404)."""
        if name not in self.stages(run):
            raise Refused(404, f"the run has no stage {name!r}", code="stage")
        return name

    def stages(self, run: Path) -> list[str]:
        """Names of the stages' folders in order: ``00-base``, ``01-exploratory``, ..."""
        folder = self.inside(run / "stages")
        try:
            return sorted(entry.name for entry in os.scandir(folder) if entry.is_dir()) if folder else []
        except OSError:
            return []

    def inside(self, path: Path) -> Path | None:
        """The real path when it exists and lies below the folder, else None."""
        try:
            real = path.resolve(strict=True)
        except (OSError, RuntimeError, ValueError):
            return None
        return real if real.is_relative_to(self.root) else None

    def _named(self, known: dict[str, Path], name: str, kind: str) -> Path:
        if name not in known:
            raise Refused(404, f"there is no {kind} {name[:200]!r} here", code=kind)
        return known[name]

    def _look(self) -> Found:
        runs: dict[str, Path] = {}
        experiments: dict[str, Path] = {}
        for seen, (folder, names) in enumerate(self._walk(self.root, DEPTH)):
            if seen == MOST_FOLDERS:
                return Found(runs, experiments, cut=True)
            name = folder.relative_to(self.root).as_posix()
            shown = self.root.name if name == "." else name
            if names & set(RUN_MARKS):
                runs[shown] = folder
            if "analysis.json" in names:
                experiments[shown] = folder
        return Found(dict(sorted(runs.items())), dict(sorted(experiments.items())))

    def _walk(self, folder: Path, depth: int) -> Iterator[tuple[Path, set[str]]]:
        try:
            entries = list(os.scandir(folder))
        except OSError:
            return  # not ours to read, or gone since
        yield folder, {entry.name for entry in entries}
        if depth == 0:
            return
        for entry in entries:
            if entry.name in INSIDE or entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from self._walk(Path(entry.path), depth - 1)
