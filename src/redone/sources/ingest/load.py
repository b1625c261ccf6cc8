"""From mapping files to tasks with examples: read once, ask many ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from redone.errors import UserError
from redone.records import Example
from redone.scoring.metrics import check_metric
from redone.sources.ingest.chat import ChatCollector, chat_task
from redone.sources.ingest.chat import task_id as chat_id
from redone.sources.ingest.collect import Collector
from redone.sources.ingest.inputs import root_of
from redone.sources.ingest.keys import validate
from redone.sources.ingest.mapping import SPLITS, Split, TaskFile
from redone.sources.ingest.platform import read_record_mapping
from redone.sources.ingest.quarantine import Quarantine
from redone.sources.ingest.readers import Reader
from redone.sources.ingest.record_mapping import RecordFile
from redone.sources.ingest.record_tasks import load_records
from redone.sources.ingest.settings import IngestSettings
from redone.sources.ingest.split_rows import outside_pool, split_rows
from redone.sources.ingest.task import check_task, to_task
from redone.sources.ingest.yaml_file import load_yaml
from redone.tasks.task import Task

LIMITS: Mapping[str, int] = {"train": 5000, "dev": 500, "test": 1000}
"""Most examples per task and split where nothing else is said."""

Loaded = list[tuple[Task, dict[Split, list[Example]]]]


@dataclass(slots=True)
class Ingested:
    """Tasks with their examples, and what happened on the way."""

    tasks: Loaded = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    """Rows read, by set."""
    quarantined: dict[str, int] = field(default_factory=dict)
    """Rows set aside, by reason."""
    stripped: dict[str, int] = field(default_factory=dict)
    """Characters removed from texts that stayed, by kind."""
    licences: dict[str, str] = field(default_factory=dict)
    """The licence line of each set."""
    quarantine_path: Path | None = None
    shares: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Faulty rows and rows read, by scope (a set, or a set and its task)."""

    def over(self, limit: float) -> list[str]:
        """The scopes with a larger share of faulty rows than the limit."""
        return [
            f"{scope}: {bad} of {read} rows cannot be used ({bad / read:.1%}, limit {limit:.1%})"
            for scope, (bad, read) in self.shares.items()
            if bad > limit * read
        ]

    def text(self) -> str:
        """A few lines for the terminal."""
        aside = ", ".join(f"{count} {reason}" for reason, count in self.quarantined.items()) or "none"
        stripped = ", ".join(f"{count} {kind}" for kind, count in self.stripped.items()) or "none"
        where = f" (listed in {self.quarantine_path})" if self.quarantine_path and self.quarantined else ""
        counts = [
            f"  {task.id}: " + ", ".join(f"{len(parts[split])} {split}" for split in SPLITS)
            for task, parts in self.tasks
        ]
        rows = sum(self.rows.values())
        return "\n".join(
            [f"{rows} rows read; set aside: {aside}{where}; characters stripped: {stripped}", *counts]
        )


def read_any_mapping(path: Path) -> TaskFile | RecordFile:
    """A mapping file of either form, validated.

    Raises:
        UserError: names the key, the value and the fix.

    """
    return read_record_mapping(path) if "records" in load_yaml(path) else read_mapping(path)


def read_mapping(path: Path) -> TaskFile:
    """A mapping file that goes to tasks, validated, metric and parser names included.

    Raises:
        UserError: names the key, the value and the fix.

    """
    data = load_yaml(path)
    if "records" in data:
        raise UserError(
            f"mapping file '{path}': it maps to records, not to tasks. Load it with load_platform"
        )
    mapping = validate(TaskFile, data, f"mapping file '{path}'")
    for task in mapping.tasks:
        check_task(task, f"mapping file '{path}', task '{task.id}'")
    if mapping.chat is not None:
        try:
            check_metric(mapping.chat.metric)
        except UserError as error:
            raise UserError(f"mapping file '{path}': key 'chat.metric': {error}") from error
    return mapping


def ingest(
    mapping_paths: Sequence[Path],
    root: Path | None,
    quarantine_path: Path | None,
    limits: Mapping[str, int] | None = None,
    settings: IngestSettings | None = None,
) -> Ingested:
    """Reads all mapping files; one quarantine file for all. Without ``root`` each has its own folder as root.

    Raises:
        UserError: a wrong mapping, a missing or damaged file, too many faulty rows, a task without examples,
            or two tasks of one id.

    """
    settings = settings or IngestSettings()
    result = Ingested(quarantine_path=quarantine_path)
    mappings = [read_any_mapping(path) for path in mapping_paths]
    _distinct([name for mapping in mappings for name in _task_names(mapping)])
    counts = {**LIMITS, **(limits or {})}
    with Quarantine(quarantine_path, settings.quarantine_limit) as quarantine:
        for path, mapping in zip(mapping_paths, mappings, strict=True):
            base = root_of(path, root)
            if isinstance(mapping, RecordFile):
                result.tasks += load_records(path, mapping, base, quarantine, counts, settings)
            else:
                reader = Reader(base, quarantine, mapping.set, replace(settings, reading=mapping.reading))
                result.tasks += load_mapping(mapping, reader, counts)
            result.rows[mapping.set] = quarantine.seen(mapping.set)
            result.licences[mapping.set] = mapping.licence
    _distinct([task.id for task, _ in result.tasks])
    result.quarantined = dict(quarantine.reasons)
    result.shares = quarantine.shares()
    result.stripped = dict(quarantine.stripped)
    return result


def load_tasks(
    mapping_paths: Sequence[Path],
    root: Path | None,
    quarantine_path: Path | None,
    limits: Mapping[str, int] | None = None,
    settings: IngestSettings | None = None,
) -> Loaded:
    """``ingest`` without the report: ``[(task, {split: examples})]``.

    Raises:
        UserError: as ``ingest``.

    """
    return ingest(mapping_paths, root, quarantine_path, limits, settings).tasks


def load_mapping(mapping: TaskFile, reader: Reader, limits: Mapping[str, int]) -> Loaded:
    """The tasks of one mapping file, its rows read once for all of them.

    Raises:
        UserError: as ``ingest``.

    """
    collectors = [Collector(mapping, task, limits, reader.settings) for task in mapping.tasks]
    chat = _chat_collector(mapping, limits, reader.settings)
    asked: list[Collector | ChatCollector] = [*collectors, *chat]
    for row, split, unit in split_rows(mapping, reader):
        for collector in asked:
            collector.offer(row, split, unit, reader.quarantine)
    loaded: Loaded = []
    for collector in collectors:
        pool = outside_pool(collector.task.choices, reader)
        examples = collector.examples(reader.quarantine, pool)
        for scope in (mapping.set, collector.scope):
            reader.quarantine.check(scope)
        _refuse_empty(mapping, collector, examples, reader.quarantine)
        loaded.append((to_task(collector.task, mapping), examples))
    for talk in chat:
        examples = talk.examples(reader.quarantine)
        for scope in (mapping.set, talk.scope):
            reader.quarantine.check(scope)
        _refuse_empty(mapping, talk, examples, reader.quarantine)
        loaded.append((chat_task(mapping), examples))
    return loaded


def _chat_collector(
    mapping: TaskFile, limits: Mapping[str, int], settings: IngestSettings
) -> list[ChatCollector]:
    return [ChatCollector(mapping, settings.general_limits or limits, settings)] if mapping.chat else []


def _task_names(mapping: TaskFile | RecordFile) -> list[str]:
    """The task ids that a mapping file gives; which of the catalogue's the records allow is seen later."""
    if isinstance(mapping, RecordFile):
        return []
    return [*(task.id for task in mapping.tasks), *([chat_id(mapping)] if mapping.chat else [])]


def _refuse_empty(
    mapping: TaskFile,
    collector: Collector | ChatCollector,
    examples: Mapping[Split, Sequence[Example]],
    quarantine: Quarantine,
) -> None:
    """A task without examples, or with none from the files named for one split, would vanish unseen."""
    named = [split for split in SPLITS if getattr(mapping.files, split)]
    empty = [split for split in named if not examples[split]]
    if any(examples.values()) and not empty:
        return
    parts = f" for {', '.join(empty)}" if any(examples.values()) else ""
    why = ", ".join(filter(None, map(quarantine.why, (mapping.set, collector.scope))))
    aside = f" Set aside: {why}." if why else ""
    raise UserError(
        f"{collector.scope}: no examples{parts}; {collector.passed} of {quarantine.seen(mapping.set)} rows in "
        f"all pass where and keep.{aside} Check the files, where, keep and choices."
    )


def _distinct(ids: Sequence[str]) -> None:
    twice = sorted({task_id for task_id in ids if ids.count(task_id) > 1})
    if twice:
        raise UserError(f"task id '{twice[0]}' is used by two mappings. Rename one of them")
