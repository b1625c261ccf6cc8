"""Rows that were set aside: with file, line and reason; and the share of them that stops a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from redone.errors import UserError
from redone.sources.ingest.faults import REMARKS

EXCERPT = 200
"""Characters of a faulty row that are shown."""

NO_TEXT = "no text column"
"""A remark: a file of a folder in which no column was recognised as text."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A row (line 0: a whole file) that cannot be used, or a remark on one."""

    source: str
    file: str
    line: int
    reason: str
    detail: str = ""
    excerpt: str = ""

    @property
    def counts(self) -> bool:
        """Whether it is a fault of the data, not only a remark."""
        return self.reason not in REMARKS and self.reason != NO_TEXT


def excerpt(raw: bytes | str) -> str:
    """The beginning of a row in a form that JSON can hold."""
    text = raw[: 4 * EXCERPT].decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    return text[:EXCERPT].encode("utf-8", "replace").decode("utf-8").strip("\r\n")


def write_quarantine(path: Path, faults: Iterable[Fault]) -> int:
    """Write one JSON line per fault to a file; returns how many."""
    lines = [orjson.dumps(asdict(fault)) for fault in faults]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return len(lines)


def check_shares(rows: Mapping[str, int], faults: Iterable[Fault], limit: float) -> None:
    """Nothing, if of no source too much is faulty. ``rows`` are those read per source, faulty ones included.

    Raises:
        UserError: names the source, the counts, the first fault of the most frequent kind and the setting.

    """
    first: dict[tuple[str, str], Fault] = {}
    bad: dict[str, Counter[str]] = {}
    for fault in faults:
        if fault.counts:
            first.setdefault((fault.source, fault.reason), fault)
            bad.setdefault(fault.source, Counter())[fault.reason] += 1
    for source, reasons in bad.items():
        count = reasons.total()
        total = max(rows.get(source, 0), count)
        if count / total > limit:
            ((reason, times),) = reasons.most_common(1)
            one = first[source, reason]
            raise UserError(
                f"source '{source}': {count} of {total} rows cannot be used ({count / total:.1%}, limit "
                f"{limit:.1%}). Most often: {times} x {reason}, first {one.file} line {one.line}: {one.detail}. Mend "
                "the data or the mapping, or raise quarantine_limit."
            )
