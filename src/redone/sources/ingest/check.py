"""A preview of a mapping file: what is read, what is set aside, what each task gets, one example of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from redone.records import Example
from redone.sources.ingest.load import Ingested, ingest
from redone.sources.ingest.mapping import SPLITS
from redone.sources.ingest.settings import IngestSettings
from redone.tasks.task import Task


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
    """What ``check`` found. Nothing was written, and no share of faulty rows stopped it."""

    rows: int
    quarantined: Mapping[str, int]
    stripped: Mapping[str, int]
    licence: str
    tasks: tuple[TaskPreview, ...]

    def text(self) -> str:
        """The preview for a terminal."""
        lines = [f"rows read: {self.rows}", f"licence: {self.licence}"]
        lines += [f"set aside: {count} x {reason}" for reason, count in self.quarantined.items()]
        lines += [f"stripped: {count} x {kind} characters" for kind, count in self.stripped.items()]
        for task in self.tasks:
            counts = ", ".join(f"{split} {count}" for split, count in task.examples.items())
            often = ", ".join(f"{answer!r:.40} {count}" for answer, count in task.frequent)
            lines += ["", f"{task.id} ({task.capability}): {counts}", f"  most frequent answers: {often}"]
            prompt = task.example.messages[-1].content.replace("\n", "\n  | ")
            lines += [f"  | {prompt}", f"  -> {' || '.join(task.example.references)}"]
        return "\n".join(lines)


def check(
    mapping: Path,
    root: Path | None,
    limits: Mapping[str, int] | None = None,
    settings: IngestSettings | None = None,
) -> Preview:
    """Reads a mapping file's data as ``load_tasks`` would, without writing or stopping at a share.

    Raises:
        UserError: a wrong mapping, a missing or damaged file, or a task without any example.

    """
    settings = replace(settings or IngestSettings(), quarantine_limit=1.0)
    found = ingest([mapping], root, None, limits, settings)
    return Preview(
        rows=sum(found.rows.values()),
        quarantined=found.quarantined,
        stripped=found.stripped,
        licence=", ".join(found.licences.values()),
        tasks=_previews(found),
    )


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
