"""The catalogue's tasks from the user's records: what a platform's own logs give without annotation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from redone.records import Example, Platform
from redone.scoring.normalise import canonical
from redone.sources.ingest.mapping import SPLITS, Split
from redone.sources.ingest.platform import load_platform
from redone.sources.ingest.quarantine import Quarantine
from redone.sources.ingest.record_mapping import RecordFile
from redone.sources.ingest.settings import IngestSettings
from redone.tasks import BuildSettings, build_examples, catalogue, task_ids
from redone.tasks.task import Task

UNSEEN_PROMPTS = 0.25
"""Share of test items in a wording that no training prompt has, as on the simulated platform."""


def load_records(
    path: Path,
    mapping: RecordFile,
    root: Path,
    quarantine: Quarantine,
    limits: Mapping[str, int],
    settings: IngestSettings,
) -> list[tuple[Task, dict[Split, list[Example]]]]:
    """The catalogue's tasks for which the records suffice, with their examples per split.

    The files are read once per split, so that no more than one block is held.

    Raises:
        UserError: as ``load_platform``.

    """
    found: dict[str, dict[Split, list[Example]]] = {}
    possible = [task for task, lacks in missing_parts(mapping, set()).items() if not lacks]
    for number, split in enumerate(SPLITS):
        # Faults are the same in every reading; the first one writes them down.
        sink = quarantine if number == 0 else Quarantine(None, 1.0)
        build = BuildSettings(
            seed=settings.seed,
            limit_per_task=limits[split],
            languages=(mapping.language,) if mapping.language else ("zh", "en"),
            unseen_prompts=UNSEEN_PROMPTS if split == "test" else 0.0,
        )
        blocks = _blocks(load_platform(path, root, sink, settings), split)
        for example in build_examples(blocks, task_ids=possible, settings=build):
            parts = found.setdefault(example.task, {s: [] for s in SPLITS})
            parts[split].append(example)
    known = catalogue()
    return [(known[task], _apart(found[task])) for task in known if task in found]


def _apart(parts: dict[Split, list[Example]]) -> dict[Split, list[Example]]:
    """The examples without the prompts that a later split also has: people repost, and reposts fall anywhere."""
    taken: dict[str, Split] = {}
    for split in reversed(SPLITS):
        parts[split] = [
            example
            for example in parts[split]
            if taken.setdefault(canonical(example.messages[-1].content), split) == split
        ]
    return parts


def _blocks(parts: Iterator[tuple[Split, Platform]], wanted: Split) -> Iterator[Platform]:
    for split, block in parts:
        if split == wanted:
            yield block


def missing_parts(mapping: RecordFile, built: set[str]) -> dict[str, list[str]]:
    """Task -> the record parts that it needs and the mapping does not fill, for tasks without examples."""
    filled: set[str] = set()
    for kind, spec in mapping.records.items():
        filled |= {kind} | {f"{kind}.{name}" for name in spec.fields}
        filled |= {f"{kind}.labels.{name}" for name in spec.labels}
    if mapping.policy:
        filled.add("policy")
    known = catalogue()
    return {
        task: [need for need in known[task].needs if need not in filled]
        for task in task_ids("sns", "translation")
        if task not in built
    }
