"""Rows that could not be used: one file for the whole run, and the check that they are few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson

from redone.corpus.durable import partial
from redone.corpus.inputs import Reading
from redone.corpus.reading import Fault, check_shares
from redone.corpus.work import Record, reads_of

QUARANTINE = "quarantine.jsonl"
"""Name of the file in the run folder."""


def collect_quarantine(out: Path, reading: Reading, rows: Sequence[Record], limit: float) -> dict[str, int]:
    """Write ``quarantine.jsonl`` and return how many rows there are by reason.

    Raises:
        UserError: of some source more than ``limit`` cannot be used; the file is written before.

    """
    files = [out / name for name, _ in reads_of(rows, ".faults.jsonl")]
    counts: Counter[str] = Counter()
    path = out / QUARANTINE
    with partial(path).open("wb") as file:
        for fault in _faults(reading, files):
            counts[fault.reason] += 1
            file.write(orjson.dumps(fault, option=orjson.OPT_APPEND_NEWLINE))
    partial(path).replace(path)
    read: Counter[str] = Counter(reading.rows)
    for record in rows:
        read.update(record.facts["read"])
    check_shares(read, _faults(reading, files), limit)
    return dict(sorted(counts.items()))


def _faults(reading: Reading, files: Sequence[Path]) -> Iterator[Fault]:
    yield from reading.faults
    for path in files:
        with path.open("rb") as lines:
            for line in lines:
                yield Fault(**orjson.loads(line))
