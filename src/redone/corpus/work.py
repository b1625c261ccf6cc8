"""One piece of work: a pure function from files to files, recorded when it is done.

The same function runs in this process, in a pool and on Ray. Files are written under temporary names, hashed and
renamed; the record comes last. A piece whose record matches its key is not done again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from redone.corpus.durable import finish, hash_file, hash_value, partial, read_json, write_json

FORMAT = 2
"""Raised when a stage's files or their meaning change: older records then do not match."""


@dataclass(frozen=True, slots=True)
class Record:
    """What a finished piece left behind."""

    key: str
    files: Mapping[str, str]
    """Path below the run folder -> SHA-256."""
    facts: Mapping[str, Any]
    """Counts and samples, as JSON values; the same for the same input on any machine."""


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of work, as plain values that travel to any process."""

    stage: str
    index: int
    folder: str
    settings: Mapping[str, Any]
    """The settings of this stage as JSON values."""
    inputs: Mapping[str, Any]
    """What differs between the stage's tasks, as JSON values."""
    reads: tuple[tuple[str, str], ...] = ()
    """Files below the run folder that it reads, with their hashes."""

    @property
    def key(self) -> str:
        """Changes whenever anything changes that the result depends on."""
        return hash_value([FORMAT, self.stage, self.index, self.settings, self.inputs, self.reads])

    @property
    def root(self) -> Path:
        """The run folder."""
        return Path(self.folder)

    @property
    def name(self) -> str:
        """How the task's own files start."""
        return f"work/{self.stage}/{self.index:05d}"

    @property
    def record(self) -> Path:
        """Where its record lies."""
        return self.root / f"{self.name}.json"

    def paths(self, ending: str) -> list[Path]:
        """The files to read whose name ends so, in order."""
        return [self.root / path for path, _ in self.reads if path.endswith(ending)]


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a job lays its files until they are complete."""

    root: Path
    placed: list[str] = field(default_factory=list)

    def place(self, name: str) -> Path:
        """Return where to write a file that is to be called ``name`` below the run folder."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        self.placed.append(name)
        return partial(path)


Job = Callable[[Task, Desk], Mapping[str, Any]]


def finished(task: Task) -> Record | None:
    """Return the record of a task that is done already; None when it, or a file of it, is missing or damaged."""
    found = read_json(task.record)
    if not isinstance(found, dict) or found.get("key") != task.key:
        return None
    files = found.get("files", {})
    for name, digest in files.items():
        path = task.root / name
        if not path.is_file() or hash_file(path) != digest:
            return None
    return Record(found["key"], files, found.get("facts", {}))


def perform(task: Task) -> Record:
    """Do a piece of work and record it."""
    # Jobs load kernels and tables; who only plans does not need them.
    from redone.corpus.jobs import job_of

    begun = time.monotonic()
    desk = Desk(task.root)
    facts = dict(job_of(task.stage)(task, desk))
    files = {name: finish(task.root / name) for name in desk.placed}
    record = Record(task.key, files, orjson.loads(orjson.dumps(facts)))
    task.record.parent.mkdir(parents=True, exist_ok=True)
    seconds = round(time.monotonic() - begun, 3)
    write_json(task.record, {"key": record.key, "files": files, "facts": record.facts, "seconds": seconds})
    return record


def reads_of(records: Sequence[Record], *endings: str) -> tuple[tuple[str, str], ...]:
    """Return the files with these endings that earlier tasks left, in the order of the tasks."""
    return tuple(
        (name, digest)
        for record in records
        for name, digest in record.files.items()
        if not endings or name.endswith(endings)
    )
