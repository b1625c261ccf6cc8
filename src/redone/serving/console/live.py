"""The training log as it grows: only what is new is read, and long logs are kept as thinned curves."""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import orjson

from redone.report.curves import thinned
from redone.report.reading import count, mapping, number, text
from redone.report.run_data import plain_name

SIGNALS = (
    "reward_raw", "reward_shaped", "loss", "length", "entropy", "clip_share", "truncated", "margin",
    "accuracy", "grad_norm", "lr",
)  # fmt: skip
POINTS = 4000
"""Steps of a stage that are kept; beyond, every second one is dropped."""
SHOWN = 160
LOGS = 16
"""Logs remembered; the one unused for longest is read again when it is asked for."""
CHUNK = 32 * 2**20


@dataclass(slots=True)
class _Stage:
    steps: list[int] = field(default_factory=list)
    rows: list[dict[str, float]] = field(default_factory=list)
    every: int = 1
    last: dict[str, Any] = field(default_factory=dict)

    def add(self, step: int, row: dict[str, Any]) -> None:
        """A step that comes again after a resume replaces what was logged from there on."""
        while self.steps and self.steps[-1] >= step:
            self.steps.pop()
            self.rows.pop()
        self.last = {k: v for k, v in row.items() if not isinstance(v, dict | list)}
        if step % self.every and self.steps:
            return
        self.steps.append(step)
        self.rows.append({k: v for k in SIGNALS if (v := number(row.get(k))) is not None})
        if len(self.steps) > POINTS:
            self.every *= 2
            self.steps, self.rows = self.steps[::2], self.rows[::2]

    def curves(self) -> dict[str, list[tuple[float, float]]]:
        """Points by signal, few enough for a small drawing."""
        pairs = list(zip(self.steps, self.rows, strict=True))
        found = {name: [(float(s), row[name]) for s, row in pairs if name in row] for name in SIGNALS}
        return {name: thinned(points, SHOWN) for name, points in found.items() if points}


@dataclass(slots=True)
class _Log:
    inode: int = -1
    offset: int = 0
    damaged: int = 0
    stages: dict[str, _Stage] = field(default_factory=dict)


class LiveLogs:
    """Remembers how far each ``metrics.jsonl`` was read."""

    def __init__(self) -> None:
        self._logs: OrderedDict[Path, _Log] = OrderedDict()
        self._lock = Lock()

    def read(self, path: Path) -> dict[str, Any]:
        """Curves and the last row of every stage, the log's age in seconds, and how many lines were broken.

        Raises:
            OSError: the file cannot be read.

        """
        with self._lock:
            log = self._logs.pop(path, _Log())
            with path.open("rb") as file:
                status = os.fstat(file.fileno())
                if status.st_ino != log.inode or status.st_size < log.offset:
                    log = _Log(inode=status.st_ino)  # replaced by a resume, or another file
                file.seek(log.offset)
                while self._take(log, file.read(CHUNK)):
                    file.seek(log.offset)
            self._logs[path] = log
            if len(self._logs) > LOGS:
                self._logs.popitem(last=False)
            return {
                "age": max(0.0, time.time() - status.st_mtime),
                "damaged": log.damaged,
                "stages": [
                    {"name": name, "last": stage.last, "curves": stage.curves()}
                    for name, stage in log.stages.items()
                ],
            }

    @staticmethod
    def _take(log: _Log, content: bytes) -> bool:
        """Take in whole lines; the last one may still be on its way. Whether there may be more."""
        end = content.rfind(b"\n") + 1
        if not end:
            return False
        for line in content[:end].splitlines():
            if not line.strip():
                continue
            try:
                row = mapping(orjson.loads(line))
            except orjson.JSONDecodeError:
                row = {}
            step = count(row.get("step"))
            if step is None:
                log.damaged += 1
            elif row.get("kind", "train") == "train":
                name = plain_name(text(row.get("stage"))) or "?"
                log.stages.setdefault(name, _Stage()).add(step, dict(row))
        log.offset += end
        return len(content) == CHUNK
