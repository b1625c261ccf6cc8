"""Finished stages by content hash, so that runs share a base model and ablation arms their first stages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from redone.recipe.durable import PARTIAL, read_json, remove, sync_folder, sync_tree, write_json
from redone.recipe.environment import versions
from redone.recipe.folder import PROFILE, StageFolder
from redone.recipe.hashing import hash_file, hash_folder, hash_value

ROOMS = ("records", "scoring", "tasks", "sources", "corpus", "model", "training", "recipe")
"""Packages whose code can change an artifact."""


class StageCache:
    """A folder of finished stages. Entries are written whole, verified when used, and never changed."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def key(self, config_hash: str, input_hash: str) -> str:
        """Return the name of an entry: settings, input model, our code and the libraries that compute."""
        return hash_value([config_hash, input_hash, code_hash(), versions()])

    def store(self, key: str, folder: StageFolder, rows: list[dict[str, Any]]) -> None:
        """Keep a finished stage with its rollouts and metrics; an entry that is there already stays.

        Raises:
            OSError: the cache cannot be written; nothing half-written stays in it.

        """
        entry = self.root / key
        if entry.exists():
            return
        self.root.mkdir(parents=True, exist_ok=True)
        part = self.root / f"{key}.{os.getpid()}{PARTIAL}"
        remove(part)
        try:
            self._fill(part, folder, rows)
        except OSError:
            remove(part)
            raise
        try:
            part.rename(entry)
        except OSError:
            # Another run stored the same entry first; both are the same by construction.
            remove(part)
        sync_folder(self.root)

    def _fill(self, part: Path, folder: StageFolder, rows: list[dict[str, Any]]) -> None:
        # How long it took is of this run and this machine, and no part of the stage.
        shutil.copytree(folder.path, part / "stage", ignore=shutil.ignore_patterns(PROFILE))
        if folder.rollouts.exists():
            shutil.copy2(folder.rollouts, part / "rollouts.parquet")
        write_json(part / "metrics.json", {"rows": rows})
        write_json(part / "entry.json", {"sha256": _contents(part)})
        sync_tree(part)

    def fetch(self, key: str, folder: StageFolder) -> list[dict[str, Any]] | None:
        """Put the entry's files in place and return its metrics rows; None when there is no intact entry.

        A damaged entry is removed, so that it is computed and stored again.
        """
        entry = self.root / key
        if not entry.is_dir():
            return None
        seal = read_json(entry / "entry.json")
        metrics = read_json(entry / "metrics.json")
        if seal is None or metrics is None or seal.get("sha256") != _contents(entry):
            remove(entry)
            return None
        part = folder.path.with_name(folder.path.name + PARTIAL)
        remove(part)
        shutil.copytree(entry / "stage", part)
        sync_tree(part)
        if (entry / "rollouts.parquet").exists():
            shutil.copy2(entry / "rollouts.parquet", folder.rollouts)
        remove(folder.path)
        part.rename(folder.path)
        sync_folder(folder.path.parent)
        return list(metrics["rows"])


def default_cache() -> Path:
    """Return where cached base models lie unless told otherwise: ``$XDG_CACHE_HOME/redone``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "redone"


@cache
def code_hash() -> str:
    """Return the hash of our own code as far as it can change an artifact."""
    package = Path(__file__).resolve().parent.parent
    hashes: Mapping[str, str] = {
        path.relative_to(package).as_posix(): hash_file(path)
        for room in ROOMS
        for path in sorted((package / room).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    return hash_value(hashes)


def _contents(entry: Path) -> str:
    files = [entry / name for name in ("rollouts.parquet", "metrics.json")]
    return hash_value([hash_folder(entry / "stage"), *(hash_file(f) if f.exists() else "" for f in files)])
