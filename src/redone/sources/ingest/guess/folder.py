"""From a folder of dumps to mapping files: one per set, and one for the platform's records."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from redone.errors import UserError
from redone.sources.ingest.faults import REMARKS
from redone.sources.ingest.guess.drafter import Drafter
from redone.sources.ingest.guess.drafts import draft as draft_tasks
from redone.sources.ingest.guess.profile import Column, profile
from redone.sources.ingest.guess.record_drafts import RecordDraft
from redone.sources.ingest.guess.sets import ALIGNED, FileSet, find_sets
from redone.sources.ingest.guess.writing import FileDraft
from redone.sources.ingest.quarantine import Quarantine
from redone.sources.ingest.readers import Reader
from redone.sources.ingest.reading import Reading
from redone.sources.ingest.settings import IngestSettings
from redone.sources.ingest.sniff import sniff

_SHOWN = 60
"""Columns that are told of a set that has more."""


@dataclass(frozen=True, slots=True)
class GuessedSet:
    """A mapping file to write. ``text`` is empty when nothing could be made of the columns.

    ``skeleton`` is then a file to go on with by hand: how the files are read, their columns, and a task to fill in.
    ``roles`` are role -> column as they were recognised, ``doubts`` what a person should look at.
    """

    name: str
    files: tuple[str, ...]
    text: str
    tasks: tuple[str, ...]
    roles: dict[str, str]
    doubts: tuple[str, ...]
    columns: tuple[str, ...] = ()
    chat: bool = False
    skeleton: str = ""


@dataclass(slots=True)
class Guessed:
    """All sets of a folder, the records mapping (its text, empty without one), and files that are not read."""

    sets: list[GuessedSet] = field(default_factory=list)
    records: str = ""
    left: list[str] = field(default_factory=list)


def guess_folder(root: Path) -> Guessed:
    """Look at every readable file below a folder.

    Raises:
        UserError: no such folder, or no readable file in it.

    """
    if not root.is_dir():
        raise UserError(f"'{root}' is no folder. Give the folder that holds your dumps")
    sets, left = find_sets(root)
    if not sets:
        raise UserError(
            f"no readable file below '{root}'. Known: .jsonl, .json, .csv, .tsv, .parquet (also .gz, .zst), .txt"
        )
    result = Guessed(left=left)
    records = RecordDraft()
    for found in sets:
        result.sets.append(_one(root, found, records))
    result.records = records.text()
    return result


def _one(root: Path, found: FileSet, records: RecordDraft) -> GuessedSet:
    paths = [path for part in found.parts.values() for path in part]
    quarantine = Quarantine(None, 1.0)
    try:
        reading, remarks = _reading(root, found)
        reader = Reader(root, quarantine, found.name, IngestSettings(reading=reading))
        columns = profile(row.values for row in reader.rows(found.first))
    except UserError as error:
        # One damaged file says nothing of the others.
        return GuessedSet(found.name, tuple(paths), "", (), {}, (str(error),))
    shown = {
        key: list(v) if isinstance(v, tuple) else v
        for key, v in reading.model_dump(exclude_defaults=True).items()
    }
    draft = FileDraft(found.name, found.parts, reading=shown)
    drafter = Drafter(draft, columns)
    draft_tasks(drafter)
    records.offer(found, reading, columns)
    faults = [
        f"{count} of the first rows cannot be read: {reason}"
        for reason, count in quarantine.reasons.items()
        if reason not in REMARKS
    ]
    # Remarks say what was done, faults and unsure lines what to look at.
    unused = [c.name for c in columns.values() if c.filled and c.name not in drafter.taken]
    draft.notes = [
        f"{found.name}: written by `redone init` after {_rows(columns)} rows; check what is marked unsure.",
        *remarks, *faults, *draft.notes,
        *[f"{c.name}: {_say(c)}" for c in list(columns.values())[:_SHOWN]],
        *([f"and {len(columns) - _SHOWN} more columns"] if len(columns) > _SHOWN else []),
    ]  # fmt: skip
    doubts = [*faults, *_doubts(draft)]
    if not draft.split and "test" not in found.parts:
        # Without a column that keeps rows together there is none to split by; rows stand for themselves.
        draft.split = {"by": next(iter(draft.columns or columns), "")}
    usable = bool(draft.tasks or draft.chat is not None) and bool(columns)
    if not usable:
        doubts.append(f"no task recognised; columns: {', '.join(list(columns)[:_SHOWN]) or 'none'}")
    roles = {role: guess.column.name for role, guess in drafter.roles.items()}
    return GuessedSet(
        name=found.name,
        files=tuple(paths),
        text=draft.text() if usable else "",
        skeleton=draft.skeleton(list(columns)) if columns and not usable else "",
        tasks=tuple(task.id for task in draft.tasks),
        roles=roles,
        doubts=tuple(doubts),
        columns=tuple(unused),
        chat=draft.chat is not None,
    )


def _reading(root: Path, found: FileSet) -> tuple[Reading, list[str]]:
    if found.aligned:
        names = tuple(suffix.removeprefix(".") for suffix in ALIGNED)
        return Reading(format="aligned", columns=names), [
            "read line by line with the file of the other language"
        ]
    return sniff(root / found.first)


def _rows(columns: dict[str, Column]) -> int:
    return next((column.rows for column in columns.values()), 0)


def _say(column: Column) -> str:
    """One line about a column for the head of the file."""
    often = ", ".join(f"{value!r:.20}" for value, _ in column.values.most_common(3))
    shown = f"; {often}" if often and column.length <= 40 else ""
    return (
        f"{column.kind}, {column.filled} of {column.rows} filled, {column.distinct} different{shown}".replace(
            "\n", " "
        )
    )


def _doubts(draft: FileDraft) -> list[str]:
    said = [
        f"{name}: {remark}" for name, remark in draft.column_remarks.items() if remark.startswith("unsure")
    ]
    return said + [
        f"{task.id}: {remark}" for task in draft.tasks for remark in task.remarks if "unsure" in remark
    ]
