"""Which files a mapping reads: all that its examples depend on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from redone.sources.ingest.files import find_files
from redone.sources.ingest.mapping import TaskFile
from redone.sources.ingest.quarantine import Quarantine
from redone.sources.ingest.read_text import mate_of
from redone.sources.ingest.reading import Reading
from redone.sources.ingest.record_mapping import RecordFile
from redone.sources.ingest.steps.models import Lookup


def root_of(mapping: Path, root: Path | None) -> Path:
    """Where the paths inside a mapping file start: ``root``, or the mapping file's own folder."""
    return mapping.parent if root is None else root


def input_files(mapping: TaskFile | RecordFile, root: Path) -> Iterator[Path]:
    """The data files of a mapping, looked-up tables and pools of wrong options included; each once.

    Raises:
        UserError: a path that leaves the root, or that names no readable file.

    """
    seen: set[Path] = set()
    for pattern, reading in dict.fromkeys(_patterns(mapping)):
        named = reading.format is not None
        for path in find_files(root, pattern, Quarantine(None), mapping.set, any_name=named):
            both = [path, mate_of(path, reading)] if reading.format == "aligned" else [path]
            yield from (one for one in both if one not in seen)
            seen.update(both)


def _patterns(mapping: TaskFile | RecordFile) -> Iterator[tuple[str, Reading]]:
    usual = mapping.reading
    if isinstance(mapping, RecordFile):
        for kind in mapping.records.values():
            yield from ((pattern, kind.reading or usual) for pattern in kind.files)
        return
    files = mapping.files
    yield from ((pattern, usual) for pattern in (*files.train, *files.dev, *files.test, *files.all))
    for step in mapping.prepare:
        if isinstance(step, Lookup):
            yield step.files, step.reading or usual
    for task in mapping.tasks:
        if task.choices is not None:
            yield from ((pattern, usual) for pattern in task.choices.pool_files)
