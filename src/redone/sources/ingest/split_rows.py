"""The prepared rows of a mapping file, each with its split."""

from __future__ import annotations

from collections.abc import Iterator

from redone.sources.ingest.collect import Pool
from redone.sources.ingest.faults import MIXED, Row, RowFault, kind_of
from redone.sources.ingest.mapping import Choices, Paths, Split, TaskFile
from redone.sources.ingest.readers import Reader
from redone.sources.ingest.sampling import Sample, share_of, stable_hash
from redone.sources.ingest.steps.stream import apply_step


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
            except RowFault as fault:
                reader.quarantine.add(mapping.set, row, fault)
                continue
            yield row, _split_of(mapping, part, unit, reader.settings.seed), unit


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
    fits = {"text": str, "number": int | float, "list": list}[kind]
    if value is not None and (not isinstance(value, fits) or isinstance(value, bool)):
        raise RowFault(MIXED, f"column '{column}' holds {kind_of(value)}, {kind} is expected")


def _unit(mapping: TaskFile, row: Row) -> str:
    """What the row's split depends on: the ``by`` columns, else the row itself."""
    if mapping.split is None:
        return f"{mapping.set}/{row.file}:{row.line}"
    return f"{mapping.set}/" + "/".join(row.text(column) for column in mapping.split.by)


def _split_of(mapping: TaskFile, part: str, unit: str, seed: int) -> Split:
    if part in ("dev", "test") or mapping.split is None:
        return "dev" if part == "dev" else "test" if part == "test" else "train"
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
