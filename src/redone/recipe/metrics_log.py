"""``metrics.jsonl``: one row per training step, without gaps or doubles however often the run was killed.

Rows are flushed at once, so that ``tail -f`` and a kill lose nothing, and forced to disk before a
checkpoint and
every few seconds. A checkpoint at step s stands for the rows up to s: resuming from it cuts what came after.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from redone.recipe.durable import write_bytes

SYNC_SECONDS = 5.0
"""After a power cut (not a kill) at most so many seconds of rows since the last checkpoint are lost."""


class MetricsLog:
    """The log of a whole run. Use ``for_stage`` to write."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: Any = None
        self._synced = time.monotonic()

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield every whole row; a line that a kill or a full disk cut short is left out."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            for line in file:
                try:
                    row = orjson.loads(line)
                except orjson.JSONDecodeError:
                    continue
                if line.endswith(b"\n") and isinstance(row, dict):
                    yield row

    def keep(self, wanted: Callable[[dict[str, Any]], bool]) -> None:
        """Drop every row that is not wanted, and every broken line."""
        self.close()
        lines = [orjson.dumps(row) + b"\n" for row in self.rows() if wanted(row)]
        content = b"".join(lines)
        if not self.path.exists() or self.path.read_bytes() != content:
            write_bytes(self.path, content)

    def append(self, row: Mapping[str, Any]) -> None:
        """Add one row; numbers that JSON cannot hold become null.

        Raises:
            OSError: it cannot be written; the row is then taken back, so that the file stays whole.

        """
        if self._file is None:
            self._file = self.path.open("ab", buffering=0)
        start = self._file.tell()
        line = orjson.dumps(dict(row), option=orjson.OPT_SERIALIZE_NUMPY) + b"\n"
        try:
            while line:  # a disk that is getting full takes a part first and fails on the rest
                line = line[self._file.write(line) :]
        except OSError:
            os.ftruncate(self._file.fileno(), start)
            raise
        if time.monotonic() - self._synced > SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Force everything so far to disk."""
        if self._file is not None:
            os.fsync(self._file.fileno())
        self._synced = time.monotonic()

    def close(self) -> None:
        """Force to disk and close; a later ``append`` opens again."""
        if self._file is not None:
            self.sync()
            self._file.close()
            self._file = None

    def for_stage(self, stage: str, before: frozenset[str]) -> StageLog:
        """Return the writer for one stage; ``before`` names the stages whose rows come first and stay."""
        return StageLog(self, stage, before)


class StageLog:
    """What a stage writes its steps to."""

    def __init__(self, log: MetricsLog, stage: str, before: frozenset[str]) -> None:
        self._log = log
        self._stage = stage
        self._before = before
        self._positioned = False

    def rewind(self, step: int) -> None:
        """Keep this stage's rows up to ``step`` (0: none) and drop those of later stages.

        A stage calls this once before its first row: with 0 when it starts, with the checkpoint's step when it
        resumes.
        """
        self._log.keep(
            lambda row: (
                row.get("stage") in self._before
                or (row.get("stage") == self._stage and int(row.get("step", 0)) <= step and step > 0)
            )
        )
        self._positioned = True

    def write(self, step: int, kind: str, **values: Any) -> None:
        """Add a row for a step. ``time`` (seconds since 1970) and ``stage`` are filled in."""
        assert self._positioned, "call rewind(step) before the first row: 0, or the step of the checkpoint"
        self._log.append({"time": time.time(), "stage": self._stage, "step": step, "kind": kind, **values})

    def sync(self) -> None:
        """Force the rows to disk; to be called before a checkpoint is made valid."""
        self._log.sync()

    def rows(self) -> list[dict[str, Any]]:
        """Return this stage's rows so far."""
        return [row for row in self._log.rows() if row.get("stage") == self._stage]
