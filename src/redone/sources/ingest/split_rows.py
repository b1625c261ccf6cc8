"""The prepared rows of a mapping file, each with its split."""

from __future__ import annotations

from collections.abc import Iterator

from redone.sources.ingest.collect import Pool
from redone.sources.ingest.faults import MIXED, UNKNOWN_LABEL, Row, RowFault, as_number, kind_of
from redone.sources.ingest.mapping import Choices, Paths, Split, TaskFile
from redone.sources.ingest.readers import Reader
from redone.sources.ingest.sampling import Sample, share_of, stable_hash
from redone.sources.ingest.steps.stream import apply_step

_SPLIT_WORDS: dict[str, Split] = {
    "train": "train", "dev": "dev", "val": "dev", "valid": "dev", "validation": "dev", "test": "test",
}  # fmt: skip


def split_rows(mapping: TaskFile, reader: Reader) -> Iterator[tuple[Row, Split, str]]:
    """Every prepared row with its split and the name of what must stay together."""
    parts: list[tuple[str, Paths]] = [
        ("test", mapping.files.test),
        ("dev", mapping.files.dev),
        ("train", mapping.files.train),
        ("all", mapping.files.all),
    ]
    for part, patterns in parts:
        if not patterns:
            continue
        rows = _typed(mapping, patterns, reader)
        for step in mapping.prepare:
            rows = apply_step(step, rows, reader)
        for row in rows:
            try:
                unit = _unit(mapping, row)
                split = _split_of(mapping, part, unit, row, reader.settings.seed)
            except RowFault as fault:
                reader.quarantine.add(mapping.set, row, fault)
                continue
            yield row, split, unit


def _typed(mapping: TaskFile, patterns: Paths, reader: Reader) -> Iterator[Row]:
    for pattern in patterns:
        for row in reader.rows(pattern, id_column=mapping.columns.get(mapping.id, mapping.id)):
            row = row.having(**{new: row.get(old) for new, old in mapping.columns.items()})
            try:
                for column, kind in mapping.types.items():
                    _check_type(row, column, kind)
            except RowFault as fault:
                reader.quarantine.add(mapping.set, row, fault)
                continue
            yield row


def _check_type(row: Row, column: str, kind: str) -> None:
    value = row.get(column)
    if value is None or (kind == "number" and value == ""):
        return
    if kind == "number":
        as_number(value, column)  # tables hold numbers as text
    elif not isinstance(value, {"text": str, "list": list}[kind]):
        raise RowFault(MIXED, f"column '{column}' holds {kind_of(value)}, {kind} is expected")


def _unit(mapping: TaskFile, row: Row) -> str:
    """What the row's split depends on: the ``by`` columns, else the row itself."""
    if mapping.split is None or mapping.split.column:
        return f"{mapping.set}/{row.file}:{row.line}"
    return f"{mapping.set}/" + "/".join(_named(row, column) for column in mapping.split.by)


def _named(row: Row, column: str) -> str:
    """A value as part of a unit's name; of a list or object its hash, which is short."""
    value = row.take(column)
    return f"{stable_hash(repr(value)):x}" if isinstance(value, list | dict) else row.text(column)


def _split_of(mapping: TaskFile, part: str, unit: str, row: Row, seed: int) -> Split:
    if part in ("dev", "test") or mapping.split is None:
        return "dev" if part == "dev" else "test" if part == "test" else "train"
    if mapping.split.column:
        word = row.text(mapping.split.column)
        if word.lower() not in _SPLIT_WORDS:
            raise RowFault(UNKNOWN_LABEL, f"split {word!r:.20}; known: {', '.join(_SPLIT_WORDS)}")
        return _SPLIT_WORDS[word.lower()]
    at = share_of(seed, "split", unit)
    test = 0.0 if mapping.files.test else mapping.split.test
    dev = 0.0 if mapping.files.dev else mapping.split.dev
    return "test" if at < test else "dev" if at < test + dev else "train"


def outside_pool(choices: Choices | None, reader: Reader) -> Pool | None:
    """Texts of another file to draw wrong options from, if the mapping names one."""
    if choices is None or not choices.pool_files:
        return None
    pool: Sample[tuple[str, str]] = Sample(reader.settings.pool_size)
    for pattern in choices.pool_files:
        for row in reader.rows(pattern):
            try:
                text = row.text(choices.pool_column)
            except RowFault as fault:
                reader.quarantine.add(reader.scope, row, fault)
                continue
            pool.offer(stable_hash(reader.settings.seed, row.file, row.line), (text, ""))
    return pool.items()
