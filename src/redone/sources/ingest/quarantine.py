"""Where rows go that cannot be used: one line each with the reason; and the share that stops a run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import orjson

from redone.errors import UserError
from redone.sources.ingest.faults import REMARKS, Row, RowFault

EXCERPT_CHARACTERS = 200
EARLY_CHECK_EVERY = 1000
"""Rows between two looks at the share while reading, so that a wrong file stops early."""


class Quarantine:
    """Writes ``{file, line, reason, detail, excerpt}`` rows and keeps count, per reason and per scope.

    A scope is what the share is measured over: the rows of one mapping file, or the rows of one task.
    ``stripped`` counts the characters that cleaning removed from texts that stayed.
    With ``path`` None nothing is written (a preview), the counts are the same.

    Raises:
        UserError: at ``check`` when more than ``share`` of a scope's rows are faulty.

    """

    def __init__(self, path: Path | None, share: float = 0.05) -> None:
        self.path = path
        self.share = share
        self.reasons: Counter[str] = Counter()
        self.stripped: Counter[str] = Counter()
        self._read: Counter[str] = Counter()
        self._bad: Counter[str] = Counter()
        self._first: dict[str, str] = {}
        self._why: dict[str, Counter[str]] = {}
        self._out: BinaryIO | None = None

    def __enter__(self) -> Quarantine:
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._out = self.path.open("wb")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._out is not None:
            self._out.close()
            self._out = None

    @property
    def total(self) -> int:
        """How many rows were set aside, remarks included."""
        return sum(self.reasons.values())

    def seen(self, scope: str) -> int:
        """How many rows of a scope were read."""
        return self._read[scope]

    def why(self, scope: str) -> str:
        """The reasons for which rows of a scope were set aside, with counts and the first fault; empty for none."""
        found = self._why.get(scope, Counter())
        said = ", ".join(f"{count} x {reason}" for reason, count in found.most_common(3))
        return f"{said} (first {self._first[scope]})" if scope in self._first else said

    def shares(self) -> dict[str, tuple[int, int]]:
        """Faulty rows and rows read, by scope; faults of one scope are faults of no other."""
        return {scope: (self._bad[scope], max(read, 1)) for scope, read in self._read.items()}

    def count(self, scope: str) -> None:
        """Another row of the scope was read. Looks at the share now and then."""
        self._read[scope] += 1
        if self._read[scope] % EARLY_CHECK_EVERY == 0:
            self.check(scope)

    def add(self, scope: str, row: Row, fault: RowFault, excerpt: str = "") -> None:
        """Writes one row and its reason. ``excerpt`` is cut to 200 characters."""
        self.reasons[fault.reason] += 1
        self._why.setdefault(scope, Counter())[fault.reason] += 1
        if fault.reason not in REMARKS:
            self._bad[scope] += 1
            self._first.setdefault(scope, f"{row.file} line {row.line}: {fault}")
        if self._out is not None:
            text = (excerpt or _excerpt(row))[:EXCERPT_CHARACTERS]
            entry = {"file": row.file, "line": row.line, "reason": fault.reason, "detail": fault.detail}
            safe = text.encode("utf-8", "replace").decode("utf-8")
            self._out.write(orjson.dumps({**entry, "scope": scope, "excerpt": safe}) + b"\n")
            self._out.flush()

    def check(self, scope: str) -> None:
        """Stops when too much of the scope is faulty.

        Raises:
            UserError: names the counts, the first fault and the setting.

        """
        bad, read = self._bad[scope], max(self._read[scope], 1)
        if bad / read <= self.share:
            return
        kept = f"All are listed in {self.path}." if self.path else "Nothing was written (preview)."
        raise UserError(
            f"{scope}: {bad} of {read} rows cannot be used ({bad / read:.1%}, limit {self.share:.1%}). "
            f"First: {self._first[scope]}. {kept} Mend the data or the mapping, or raise data.quarantine_limit."
        )


def _excerpt(row: Row) -> str:
    try:
        return orjson.dumps(row.values).decode("utf-8")
    except (TypeError, ValueError):
        return repr(row.values)
