"""What a run reads beside its recipe: mapping files and the data behind them, by content."""

from __future__ import annotations

from pathlib import Path

from redone.recipe.config import ContinuedStage, FilesData, PreferenceStage, Recipe
from redone.recipe.hashing import hash_file
from redone.recipe.preference.annotations import read_opinions
from redone.recipe.text_files import text_files
from redone.sources.ingest import input_files, read_any_mapping, root_of


def data_root(data: FilesData) -> Path | None:
    """Where the paths inside the mapping files start; None: each mapping file's own folder."""
    return Path(data.root) if data.root else None


def input_hashes(recipe: Recipe) -> dict[str, str]:
    """Content hashes of every mapping, data, text and annotation file: when one changes, finished stages do not fit.

    Raises:
        UserError: one of them is missing or wrong; nothing has been computed then.

    """
    found = _text_hashes(recipe)
    for stage in recipe.stages:
        if isinstance(stage, PreferenceStage) and stage.experts.annotations:
            file = Path(stage.experts.annotations)
            read_opinions(file)  # a wrong line is better told now than after the stages before
            found[stage.experts.annotations] = hash_file(file)
    if not isinstance(recipe.data, FilesData):
        return found
    for name in recipe.data.mappings:
        path = Path(name)
        mapping = read_any_mapping(path)
        root = root_of(path, data_root(recipe.data))
        found[name] = hash_file(path)
        for file in input_files(mapping, root):
            found[f"{mapping.set}/{file.relative_to(root).as_posix()}"] = hash_file(file)
    return found


def _text_hashes(recipe: Recipe) -> dict[str, str]:
    """The text files that continued pretraining reads."""
    found = {}
    for stage in recipe.stages:
        if isinstance(stage, ContinuedStage):
            for name, source in stage.sources.items():
                for path in source.files:
                    for file in text_files(path, f"stages.{stage.name}.sources.{name}"):
                        found[str(file)] = hash_file(file)
    return found
