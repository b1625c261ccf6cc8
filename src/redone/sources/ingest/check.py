"""A preview of a mapping file: what is read, what is set aside, what each task gets, one example of each."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from redone.records import Example
from redone.sources.ingest.inputs import input_files, root_of
from redone.sources.ingest.load import Ingested, ingest, read_any_mapping
from redone.sources.ingest.mapping import SPLITS
from redone.sources.ingest.quarantine import Quarantine
from redone.sources.ingest.readers import Reader
from redone.sources.ingest.record_mapping import RecordFile
from redone.sources.ingest.record_tasks import missing_parts
from redone.sources.ingest.settings import IngestSettings
from redone.tasks.task import Task

SHOWN_FAULTS = 3
"""Rows that are shown for each reason."""


@dataclass(frozen=True, slots=True)
class TaskPreview:
    """One task: examples per split, the most frequent main answers with their counts, and an example."""

    id: str
    capability: str
    examples: Mapping[str, int]
    frequent: tuple[tuple[str, int], ...]
    example: Example


@dataclass(frozen=True, slots=True)
class Preview:
    """What ``check`` found. Nothing was written, and no share of faulty rows stopped it.

    ``faults`` are examples per reason (``file line N: detail``), ``missing`` what tasks of the catalogue lack
    (records only): record part -> the tasks that it would make possible. ``columns`` are those of the first
    row of the first file.
    """

    rows: int
    quarantined: Mapping[str, int]
    stripped: Mapping[str, int]
    licence: str
    tasks: tuple[TaskPreview, ...]
    faults: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    too_many: str = ""
    """Why a run would stop for the share of faulty rows; empty if it would not."""

    def text(self) -> str:
        """The preview for a terminal."""
        lines = [f"rows read: {self.rows}", f"licence: {self.licence}"]
        if self.columns:
            lines.append("first row:")
            lines += [f"  {name}: {value}" for name, value in self.columns.items()]
        for reason, count in self.quarantined.items():
            lines.append(f"set aside: {count} x {reason}")
            lines += [f"  {shown}" for shown in self.faults.get(reason, ())]
        lines += [f"stripped: {count} x {kind} characters" for kind, count in self.stripped.items()]
        lines += [f"a run would stop: {self.too_many}"] if self.too_many else []
        for task in self.tasks:
            counts = ", ".join(f"{split} {count}" for split, count in task.examples.items())
            often = ", ".join(f"{answer!r:.40} {count}" for answer, count in task.frequent)
            lines += ["", f"{task.id} ({task.capability}): {counts}", f"  most frequent answers: {often}"]
            lines += [f"  no examples for {split}" for split, count in task.examples.items() if not count]
            prompt = task.example.messages[-1].content.replace("\n", "\n  | ")
            lines += [f"  | {prompt}", f"  -> {' || '.join(task.example.references)}"]
        if self.missing:
            lines += ["", "what would make more tasks of the catalogue possible:"]
            lines += [f"  {part}: {', '.join(tasks)}" for part, tasks in self.missing.items()]
        return "\n".join(lines)

    def json(self) -> dict[str, Any]:
        """All fields as JSON values."""
        value: dict[str, Any] = asdict(self)
        return value


def check(
    mapping: Path,
    root: Path | None,
    limits: Mapping[str, int] | None = None,
    settings: IngestSettings | None = None,
) -> Preview:
    """Reads a mapping file's data as ``load_tasks`` would, without stopping at a share; nothing is kept.

    Raises:
        UserError: a wrong mapping, a missing or damaged file, or a task without any example.

    """
    settings = settings or IngestSettings()
    form = read_any_mapping(mapping)
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "quarantine.jsonl"
        found = ingest([mapping], root, listed, limits, replace(settings, quarantine_limit=1.0))
        faults = _faults(listed)
    missing: dict[str, list[str]] = {}
    if isinstance(form, RecordFile):
        for task, parts in missing_parts(form, {task.id for task, _ in found.tasks}).items():
            missing.setdefault(", ".join(parts) or "more rows", []).append(task)
    return Preview(
        rows=sum(found.rows.values()),
        quarantined=found.quarantined,
        stripped=found.stripped,
        licence=", ".join(found.licences.values()),
        tasks=_previews(found),
        faults=faults,
        missing={part: tuple(tasks) for part, tasks in sorted(missing.items())},
        columns=_first_row(mapping, root, settings),
        too_many="; ".join(found.over(settings.quarantine_limit)),
    )


def _first_row(mapping: Path, root: Path | None, settings: IngestSettings) -> dict[str, str]:
    """The first row that can be read, each value cut to a line: which columns there are."""
    form = read_any_mapping(mapping)
    base = root_of(mapping, root)
    own = replace(settings, reading=form.reading)
    for path in input_files(form, base):
        reader = Reader(base, Quarantine(None, 1.0), form.set, own)
        for row in reader.rows(path.relative_to(base).as_posix()):
            return {name: repr(value)[:100] for name, value in row.values.items()}
    return {}


def _faults(listed: Path) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    with listed.open("rb") as lines:
        for line in lines:
            entry = orjson.loads(line)
            shown = found.get(entry["reason"], ())
            if len(shown) < SHOWN_FAULTS:
                found[entry["reason"]] = (*shown, f"{entry['file']} line {entry['line']}: {entry['detail']}")
    return found


def _previews(found: Ingested) -> tuple[TaskPreview, ...]:
    return tuple(_preview(task, {split: parts[split] for split in SPLITS}) for task, parts in found.tasks)


def _preview(task: Task, parts: Mapping[str, list[Example]]) -> TaskPreview:
    examples = [example for part in parts.values() for example in part]
    return TaskPreview(
        id=task.id,
        capability=task.capability,
        examples={split: len(part) for split, part in parts.items()},
        frequent=tuple(Counter(example.references[0] for example in examples).most_common(4)),
        example=examples[0],
    )
