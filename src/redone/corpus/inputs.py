"""What is read: the recipe's sources below the given folders, or the given files as they are."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from redone.corpus.durable import hash_value, read_json, write_json
from redone.corpus.guessing import guess_sources
from redone.corpus.reading import NO_TEXT, Fault, Plan, Shard, plan_from_json, plan_shards, plan_to_json
from redone.corpus.settings.reading import SourceMapping
from redone.corpus.settings.recipe import CurationRecipe
from redone.errors import UserError


@dataclass(frozen=True, slots=True)
class Input:
    """A root folder and the sources that are read below it."""

    root: Path
    sources: tuple[SourceMapping, ...]
    left: tuple[tuple[str, str], ...] = ()
    """Files in which no column was recognised as text, and what they hold instead."""


def find_inputs(recipe: CurationRecipe, paths: Sequence[Path]) -> list[Input]:
    """Return which source is read where.

    A recipe with sources takes each from the first folder that has its files; without sources, every file is a
    source of its own, whose columns are recognised by their names.

    Raises:
        UserError: a path does not exist, or a source has no file in any folder.

    """
    for path in paths:
        if not path.exists():
            raise UserError(f"--input {path}: no such file or folder")
    if not recipe.sources:
        return _guessed(paths)
    roots = [path if path.is_dir() else path.parent for path in paths]
    found: dict[Path, list[SourceMapping]] = {root: [] for root in roots}
    for mapping in recipe.sources:
        root = next((r for r in roots if any(_match(r, pattern) for pattern in mapping.files)), None)
        if root is None:
            raise UserError(
                f"source '{mapping.source}': no file matches {', '.join(mapping.files)} below "
                f"{', '.join(map(str, roots))}"
            )
        found[root].append(mapping)
    return [Input(root, tuple(sources)) for root, sources in found.items() if sources]


def _guessed(paths: Sequence[Path]) -> list[Input]:
    taken: set[str] = set()
    inputs = []
    for path in paths:
        root = path if path.is_dir() else path.parent
        found = guess_sources(root, None if path.is_dir() else path.name, taken)
        inputs.append(Input(root, found.sources, found.left))
    return inputs


def _match(root: Path, pattern: str) -> bool:
    if Path(pattern).is_absolute():
        raise UserError(f"files: '{pattern}' is absolute; give it below the --input folder")
    return any(root.glob(pattern)) if "*" in pattern else (root / pattern).exists()


@dataclass(frozen=True, slots=True)
class Reading:
    """The shards of all inputs with the mapping of each, and what was set aside while cutting them."""

    tasks: list[dict[str, Any]]
    """Per shard: the shard, its mapping, and the stamp of its file, as JSON values."""
    faults: list[Fault]
    rows: dict[str, int]


def plan_reading(recipe: CurationRecipe, inputs: Sequence[Input], work: Path) -> Reading:
    """Cut all inputs into shards; an unchanged plan of an earlier call is used again.

    Raises:
        UserError: a file is missing or damaged.

    """
    shards = itertools.count()
    tasks: list[dict[str, Any]] = []
    faults: list[Fault] = []
    rows: dict[str, int] = {}
    for number, given in enumerate(inputs):
        plan = _plan(recipe, given, work / f"input-{number}")
        faults += plan.faults
        faults += [Fault("", file, 0, NO_TEXT, held) for file, held in given.left]
        for source, count in plan.spooled_rows.items():
            rows[source] = rows.get(source, 0) + count
        for shard in plan.shards:
            mapping = given.sources[shard.source].model_dump(mode="json")
            numbered = asdict(shard) | {"number": next(shards)}
            tasks.append({"shard": numbered, "mapping": mapping, "stamp": _stamp(Path(shard.path))})
    return Reading(tasks, faults, rows)


def _plan(recipe: CurationRecipe, given: Input, work: Path) -> Plan:
    mappings = [mapping.model_dump(mode="json") for mapping in given.sources]
    stamps = sorted([str(p), *_stamp(p)] for p in _files(given))
    key = hash_value([1, recipe.reading.model_dump(mode="json"), str(given.root), mappings, stamps])
    saved = read_json(work / "plan.json")
    if isinstance(saved, dict) and saved.get("key") == key:
        plan = plan_from_json(saved["plan"])
        if all(Path(shard.path).is_file() for shard in plan.shards):
            return plan
    work.mkdir(parents=True, exist_ok=True)
    plan = plan_shards(given.sources, given.root, work, recipe.reading)
    write_json(work / "plan.json", {"key": key, "plan": plan_to_json(plan)})
    return plan


def stamps_of(inputs: Sequence[Input], recipe: CurationRecipe) -> list[list[Any]]:
    """Return path, size and time of change of every file that is read: what the result depends on."""
    paths = {path for given in inputs for path in _files(given)}
    for pattern in recipe.interactions.files if recipe.interactions else ():
        paths |= {path for given in inputs for path in _matching(given.root, pattern)}
    mapped = [[str(g.root), *[m.model_dump(mode="json") for m in g.sources]] for g in inputs]
    return [*sorted([str(path), *_stamp(path)] for path in paths), *mapped]


def _files(given: Input) -> Iterator[Path]:
    for mapping in given.sources:
        for pattern in mapping.files:
            yield from _matching(given.root, pattern)


def _matching(root: Path, pattern: str) -> list[Path]:
    whole = root / pattern
    found = root.glob(pattern) if "*" in pattern else whole.rglob("*") if whole.is_dir() else [whole]
    return [path for path in found if path.is_file()]


def _stamp(path: Path) -> list[int]:
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns]


def shard_of(value: dict[str, Any]) -> tuple[Shard, SourceMapping]:
    """Return the shard of a task and its mapping."""
    return Shard(**value["shard"]), SourceMapping.model_validate(value["mapping"])
