"""Where things lie in a run folder. Other programs rely on these names."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from redone.errors import UserError
from redone.recipe.durable import remove_partial

PROFILE = "profile.jsonl"


@dataclass(frozen=True, slots=True)
class StageFolder:
    """What one stage leaves in ``stages/NN-name``.

    ``work`` holds checkpoints and is gone when the stage is done.
    """

    path: Path
    rollouts: Path

    @property
    def record(self) -> Path:
        """Written last: its presence says that the stage is finished."""
        return self.path / "stage.json"

    @property
    def begun(self) -> Path:
        """Written first: the hashes that the checkpoints in ``work`` belong to."""
        return self.path / "begun.json"

    @property
    def model(self) -> Path:
        """The artifact."""
        return self.path / "model"

    @property
    def work(self) -> Path:
        """Checkpoints and other scratch files."""
        return self.path / "work"

    @property
    def profile(self) -> Path:
        """Where the time of each training step went, if asked for."""
        return self.path / PROFILE

    @property
    def evaluation(self) -> Path:
        """Scores of the artifact."""
        return self.path / "evaluation.json"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A folder that ``redone run --out`` writes."""

    root: Path

    @property
    def recipe(self) -> Path:
        """The recipe with every default filled in."""
        return self.root / "recipe.resolved.json"

    @property
    def environment(self) -> Path:
        """The machine and the versions."""
        return self.root / "environment.json"

    @property
    def dataset(self) -> Path:
        """What was counted and left out when the dataset was made."""
        return self.root / "dataset.json"

    @property
    def metrics(self) -> Path:
        """One row per training step."""
        return self.root / "metrics.jsonl"

    @property
    def results(self) -> Path:
        """Scores of every stage; present when the run is finished."""
        return self.root / "results.json"

    @property
    def model(self) -> Path:
        """The final model."""
        return self.root / "model"

    @property
    def stages(self) -> Path:
        """One folder per stage."""
        return self.root / "stages"

    def stage(self, index: int, name: str) -> StageFolder:
        """Return the places of one stage; index 0 is the base model."""
        label = f"{index:02d}-{name}"
        return StageFolder(self.stages / label, self.root / "rollouts" / f"{label}.parquet")


def create(root: Path) -> RunFolder:
    """Make the folder if need be, and make sure that it can be written to and holds no links.

    Raises:
        UserError: ``root`` is a file, or something in it is a link that would lead writes elsewhere.
        OSError: it cannot be written to.

    """
    if root.exists() and not root.is_dir():
        raise UserError(f"{root} is a file; choose another --out folder")
    for folder in (root, root / "stages", root / "rollouts"):
        if folder != root and folder.is_symlink():
            raise UserError(f"{folder} is a link; a run folder holds none, remove it")
        folder.mkdir(parents=True, exist_ok=True)
    _refuse_links(root)
    return RunFolder(root)


def clear_remains(folder: RunFolder) -> None:
    """Remove what a killed process left half-written. Only for who holds the lock: another's is still at work."""
    places = (folder.root, folder.stages, folder.root / "rollouts")
    for place in (*places, *(path for path in folder.stages.iterdir() if path.is_dir())):
        remove_partial(place)


def _refuse_links(folder: Path) -> None:
    for entry in os.scandir(folder):
        if entry.is_symlink():
            raise UserError(f"{entry.path} is a link; a run folder holds none, remove it")
        if entry.is_dir():
            _refuse_links(Path(entry.path))
