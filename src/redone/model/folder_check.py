"""What a model folder may hold: plain tensors and settings, nothing that runs.

Pickled weights, custom code, code references in the settings, adapters that name another model, and links
that lead out of the folder are refused by name before anything is loaded; there is no fallback.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from redone.errors import UserError

PICKLES = frozenset(
    [
        ".bin",
        ".pt",
        ".pth",
        ".pkl",
        ".pickle",
        ".joblib",
        ".dill",
        ".ckpt",
        ".npy",
        ".npz",
        ".h5",
        ".keras",
        ".msgpack",
        ".mar",
    ]
)
PROGRAMS = frozenset([".py", ".pyc", ".pyd", ".so", ".dll", ".dylib", ".sh", ".exe", ".ipynb"])
LARGEST_JSON = 256 * 2**20  # tokenizer.json of large vocabularies


def check_folder(folder: Path) -> None:
    """Check every file of ``folder``.

    Raises:
        UserError: the folder is missing or holds something that is refused; the message names the file.

    """
    if not folder.is_dir():
        raise UserError(f"no model folder at {folder}")
    if not (folder / "config.json").is_file():
        raise UserError(f"{folder} is not a model folder: it has no config.json")
    root = folder.resolve()
    for path in sorted(folder.rglob("*")):
        _check_entry(path, root)
    _check_weights(folder)


def _check_entry(path: Path, root: Path) -> None:
    if path.is_symlink() and not path.resolve().is_relative_to(root):
        raise UserError(f"{path} is a link that leads out of the model folder; copy the file itself")
    suffix = path.suffix.lower()
    if suffix in PICKLES:
        raise UserError(f"{path} may hold pickled objects, which run code; convert it to safetensors")
    if suffix in PROGRAMS:
        raise UserError(f"{path} is code; models that bring their own code are not loaded")
    if path.name == "adapter_config.json":
        raise UserError(f"{path} makes this an adapter of another model; merge it into the model first")
    if suffix == ".json" and path.is_file():
        _check_settings(path)


def _check_settings(path: Path) -> None:
    size = path.stat().st_size
    if size > LARGEST_JSON:
        raise UserError(f"{path} has {size} bytes; settings files may have {LARGEST_JSON}")
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is not valid JSON: {error}") from error
    for key, value in _pairs(content):
        if key in ("auto_map", "custom_pipelines", "trust_remote_code") and value:
            raise UserError(f"{path} has the key {key!r}, which points to code; such models are not loaded")


def _pairs(content: Any) -> Iterator[tuple[str, Any]]:
    """Every key with its value, at any depth, except inside a tokenizer's vocabulary."""
    waiting = [content]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield from item.items()
            waiting.extend(value for key, value in item.items() if key not in ("vocab", "merges"))
        elif isinstance(item, list):
            waiting.extend(item)


def _check_weights(folder: Path) -> None:
    shards = sorted(folder.glob("*.safetensors"))
    if not shards:
        raise UserError(f"{folder} has no *.safetensors weights")
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        named = json.loads(index.read_bytes()).get("weight_map", {})
        for name in sorted({str(value) for value in named.values()}):
            if Path(name).name != name:
                raise UserError(f"{index} names the file {name!r} outside the folder")
            if not (folder / name).is_file():
                raise UserError(f"{index} names {name!r}, which is missing")
    for shard in shards:
        try:
            with safe_open(shard, framework="pt") as tensors:
                tensors.keys()
        except (SafetensorError, OSError, ValueError) as error:
            raise UserError(f"{shard} is damaged or cut short ({error}); copy it again") from error
