"""What a run reads beside its recipe: mapping files and the data behind them, by content."""

from __future__ import annotations

from pathlib import Path

from redone.recipe.config import FilesData, Recipe
from redone.recipe.hashing import hash_file
from redone.sources.ingest import input_files, read_mapping, root_of


def data_root(data: FilesData) -> Path | None:
    """Where the paths inside the mapping files start; None: each mapping file's own folder."""
    return Path(data.root) if data.root else None


def input_hashes(recipe: Recipe) -> dict[str, str]:
    """Content hashes of every mapping file and data file: when one changes, finished stages do not fit.

    Raises:
        UserError: one of them is missing or wrong; nothing has been computed then.

    """
    if not isinstance(recipe.data, FilesData):
        return {}
    found = {}
    for name in recipe.data.mappings:
        path = Path(name)
        mapping = read_mapping(path)
        root = root_of(path, data_root(recipe.data))
        found[name] = hash_file(path)
        for file in input_files(mapping, root):
            found[f"{mapping.set}/{file.relative_to(root).as_posix()}"] = hash_file(file)
    return found
