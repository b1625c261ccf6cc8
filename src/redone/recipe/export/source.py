"""What is exported: a recipe's stages with their data, from the recipe alone or from a run of it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from redone.errors import UserError
from redone.recipe.config import FilesData, FolderBase, Node, Recipe, read_recipe, validate
from redone.recipe.dataset import Dataset
from redone.recipe.durable import read_json
from redone.recipe.filed import filed_dataset
from redone.recipe.folder import RunFolder, StageFolder
from redone.recipe.hashing import derive_seed
from redone.recipe.simulated import simulated_dataset
from redone.scoring.sandbox import open_sandbox


@dataclass(frozen=True, slots=True)
class Exported:
    """A recipe with its data; ``run`` is the folder of a run of it, if there is one."""

    recipe: Recipe
    dataset: Dataset
    run: RunFolder | None

    def folder(self, stage: Node) -> StageFolder | None:
        """What the run left of a finished stage; None without one."""
        if self.run is None:
            return None
        index = [known.name for known in self.recipe.stages].index(name_of(stage)) + 1
        found = self.run.stage(index, name_of(stage))
        return found if found.record.is_file() else None

    def seed(self, stage: Node) -> int:
        """The stage's own seed, as a run derives it."""
        return derive_seed(self.recipe.seed, "stage", name_of(stage))

    def model_before(self, stage: Node) -> str:
        """The folder of the model that the stage starts from; empty when it has yet to be made."""
        names = [known.name for known in self.recipe.stages]
        index = names.index(name_of(stage))
        if index and self.run is not None:
            made = self.run.stage(index, names[index - 1]).model
            return str(made.resolve()) if made.is_dir() else ""
        if index:
            return ""
        if isinstance(self.recipe.base, FolderBase):
            return self.recipe.base.path
        if self.run is None:
            return ""
        made = self.run.stage(0, "base").model
        return str(made.resolve()) if made.is_dir() else ""


def name_of(stage: Node) -> str:
    """The stage's name."""
    return str(stage.name)  # type: ignore[attr-defined]


def open_source(path: Path) -> Exported:
    """Read a recipe file, or the resolved recipe of a run folder, and build its data.

    Raises:
        UserError: it is neither, or the recipe or its data are wrong.

    """
    run = RunFolder(path) if path.is_dir() else None
    if run is None:
        recipe = read_recipe(path)
    elif run.recipe.is_file():
        resolved = read_json(run.recipe)
        if resolved is None:
            raise UserError(f"{run.recipe} is damaged; export from the recipe file itself")
        recipe = validate(Recipe, resolved, str(run.recipe))
    else:
        raise UserError(f"{path} is no run folder: it has no {run.recipe.name}; name a recipe file or a run")
    return Exported(recipe, dataset_of(recipe), run)


def dataset_of(recipe: Recipe) -> Dataset:
    """The data of a recipe, as a run prepares them; rows in quarantine are counted, not kept."""
    sandbox = open_sandbox()[0] is not None
    if not isinstance(recipe.data, FilesData):
        return simulated_dataset(recipe, sandbox=sandbox)
    with tempfile.TemporaryDirectory() as folder:
        return filed_dataset(recipe, Path(folder), sandbox=sandbox)
