"""A folder of checkpoints that is never half written: temporary name, hashes, flush, rename.

A checkpoint is named tensors and one JSON value. Nothing here knows what they mean, and nothing is pickled.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor

from redone.errors import RedoneError

MANIFEST = "manifest.json"
STATE = "state.json"
FORMAT = 1


class DamagedCheckpoint(RedoneError):
    """A checkpoint does not match its manifest; the message names it and what is wrong."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What a checkpoint holds: ``tensors`` by part and name, and ``state`` (JSON)."""

    step: int
    tensors: Mapping[str, Mapping[str, Tensor]]
    state: Mapping[str, Any]


class CheckpointStore:
    """Checkpoints of one run in ``folder``, the last ``keep`` of them.

    ``every``: updates between saves (0: only at the end and on a stop request). ``fingerprint``: what must be
    equal on resume beside the training settings, for example hashes of the tokenizer and of the recipe.
    """

    def __init__(
        self, folder: Path, *, every: int = 0, keep: int = 2, fingerprint: Mapping[str, Any] | None = None
    ) -> None:
        self.folder = Path(folder)
        self.every = every
        self.keep = keep
        self.fingerprint = dict(fingerprint or {})

    def save(self, saved: Saved) -> Path:
        """Write a checkpoint; a crash at any moment leaves the earlier ones as they are.

        Raises:
            RedoneError: the folder cannot be written (disk full, no permission); nothing is lost.

        """
        final = self.folder / f"step-{saved.step:08d}"
        temporary = self.folder / f".writing-{final.name}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._clear_remains()
            temporary.mkdir()
            self._write(temporary, saved)
            if final.exists():
                _remove(final)
            os.replace(temporary, final)  # noqa: PTH105 - tests stand in for this call
            _flush_folder(self.folder)
        except OSError as error:
            shutil.rmtree(temporary, ignore_errors=True)
            raise RedoneError(
                f"cannot write checkpoint {final}: {error}; earlier checkpoints are untouched, "
                "free the disk or mend the permissions and run again"
            ) from error
        for old in self._names()[: -self.keep]:
            _remove(self.folder / old)
        return final

    def load(self) -> tuple[Saved | None, list[str]]:
        """The newest sound checkpoint, and one line per damaged or half-written one that was passed over.

        Raises:
            DamagedCheckpoint: there are checkpoints and every one is damaged.

        """
        refused = [f"{path.name}: half written, ignored" for path in self._remains()]
        names = self._names()
        for name in reversed(names):
            try:
                return self._read(self.folder / name), refused
            except DamagedCheckpoint as damage:
                refused.append(str(damage))
        if names:
            raise DamagedCheckpoint(
                f"every checkpoint in {self.folder} is damaged: {'; '.join(refused)}. "
                "Remove the folder to start this stage again."
            )
        return None, refused

    def _write(self, folder: Path, saved: Saved) -> None:
        digests = {}
        for part, tensors in saved.tensors.items():
            if tensors:
                path = folder / f"{part}.safetensors"
                save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)
                digests[path.name] = _flush(path)
        _write_json(folder / STATE, dict(saved.state))
        digests[STATE] = _flush(folder / STATE)
        _write_json(folder / MANIFEST, {"format": FORMAT, "step": saved.step, "sha256": digests})
        _flush(folder / MANIFEST)
        _flush_folder(folder)

    def _read(self, folder: Path) -> Saved:
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            digests: dict[str, str] = manifest["sha256"]
            step = int(manifest["step"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DamagedCheckpoint(f"{folder.name}: {MANIFEST} cannot be read ({error})") from error
        for name, digest in digests.items():
            path = folder / name
            if Path(name).name != name or not path.is_file() or path.is_symlink():
                raise DamagedCheckpoint(f"{folder.name}: {name} is missing")
            if _digest(path) != digest:
                raise DamagedCheckpoint(f"{folder.name}: {name} does not have the hash it was written with")
        return Saved(
            step,
            {Path(name).stem: load_file(folder / name) for name in digests if name.endswith(".safetensors")},
            json.loads((folder / STATE).read_text(encoding="utf-8")),
        )

    def _names(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob("step-*") if path.is_dir())

    def _remains(self) -> Iterator[Path]:
        return self.folder.glob(".writing-*")

    def _clear_remains(self) -> None:
        for path in self._remains():
            shutil.rmtree(path)


def _remove(folder: Path) -> None:
    """Rename first, so that a crash in the middle does not leave a checkpoint with some of its files."""
    doomed = folder.with_name(f".writing-removed-{folder.name}")
    os.replace(folder, doomed)  # noqa: PTH105 - tests stand in for this call
    shutil.rmtree(doomed)


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=True), encoding="utf-8")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> str:
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return _digest(path)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
