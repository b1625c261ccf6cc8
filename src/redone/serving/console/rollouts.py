"""Sampled answers of an RL stage: filtered and paged without loading the texts of the others."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from redone.report.reading import count, mapping, number, sequence, text

PAGE = 25
INDEXES = 4
NARROW = ("task", "step", "raw", "shaped")
WIDE = (
    "step", "group", "example_id", "task", "text", "finish", "raw", "shaped", "advantage", "components",
    "problem", "prompt", "references",
)  # fmt: skip
REWARDS = ("zero", "between", "one", "penalised", "unscored")


class Unreadable(Exception):
    """The file is no whole Parquet file with the columns of rollouts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutFilter:
    """Which answers; empty strings and None take all. ``reward`` is one of ``REWARDS``."""

    task: str = ""
    reward: str = ""
    step: int | None = None
    page: int = 0


class Rollouts:
    """Keeps the narrow columns of the last files, by which is filtered."""

    def __init__(self) -> None:
        self._indexes: OrderedDict[tuple[Path, int, int], dict[str, Any]] = OrderedDict()
        self._lock = Lock()

    def page(self, path: Path, wanted: RolloutFilter) -> dict[str, Any]:
        """One page of answers with the counts over all that fit.

        Raises:
            Unreadable: the file is damaged or half-written.

        """
        index = self._index(path)
        places = np.flatnonzero(_mask(index, wanted))
        start = max(0, wanted.page) * PAGE
        chosen = places[start : start + PAGE]
        return {
            "total": len(places),
            "all": len(index["task"]),
            "page_size": PAGE,
            "steps": [int(index["step"].min()), int(index["step"].max())] if len(index["step"]) else [],
            "tasks": index["counts"],
            "means": [_mean(index[name][places]) for name in ("raw", "shaped")],
            "rows": [_shown(int(at), row) for at, row in zip(chosen, take(path, chosen, WIDE), strict=True)],
        }

    def row(self, path: Path, number: int, columns: tuple[str, ...]) -> dict[str, Any] | None:
        """Some columns of one answer, None when there are not so many answers. Raises ``Unreadable``."""
        if not 0 <= number < len(self._index(path)["task"]):
            return None
        return take(path, np.array([number]), columns)[0]

    def _index(self, path: Path) -> dict[str, Any]:
        status = path.stat()
        key = (path, status.st_mtime_ns, status.st_size)
        with self._lock:
            if key in self._indexes:
                self._indexes.move_to_end(key)
                return self._indexes[key]
            self._indexes[key] = _narrow(path)
            while len(self._indexes) > INDEXES:
                self._indexes.popitem(last=False)
            return self._indexes[key]


def take(path: Path, places: Any, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """Rows at these places; only the row groups that hold them are read. Raises ``Unreadable``."""
    rows: dict[int, dict[str, Any]] = {}
    try:
        with pq.ParquetFile(path) as file:
            present = [name for name in columns if name in file.schema_arrow.names]
            start = 0
            for group in range(file.num_row_groups):
                size = file.metadata.row_group(group).num_rows
                inside = [int(at) for at in places if start <= at < start + size]
                if inside:
                    table = file.read_row_group(group, columns=present)
                    taken = table.take(pa.array([at - start for at in inside])).to_pylist()
                    rows |= dict(zip(inside, taken, strict=True))
                start += size
    except (pa.ArrowException, OSError, ValueError) as error:
        raise Unreadable(str(error)) from error
    return [rows[int(at)] for at in places]


def _narrow(path: Path) -> dict[str, Any]:
    try:
        with pq.ParquetFile(path) as file:
            missing = [name for name in NARROW if name not in file.schema_arrow.names]
            if missing:
                raise Unreadable(f"no column {missing[0]}")
            table = file.read(columns=list(NARROW))
        found: dict[str, Any] = {
            name: table[name].cast(pa.float64()).to_numpy(zero_copy_only=False)
            for name in ("step", "raw", "shaped")
        }
        found["task"] = np.asarray(table["task"].cast(pa.string()).to_pylist(), dtype=object)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise Unreadable(str(error)) from error
    found["step"] = np.nan_to_num(found["step"], nan=-1.0)
    names, counts = np.unique(found["task"].astype(str), return_counts=True)
    found["counts"] = [{"task": str(n), "n": int(c)} for n, c in zip(names, counts, strict=True)]
    return found


def _mask(index: dict[str, Any], wanted: RolloutFilter) -> Any:
    raw, shaped = index["raw"], index["shaped"]
    mask = np.ones(len(raw), dtype=bool)
    if wanted.task:
        mask &= index["task"] == wanted.task
    if wanted.step is not None:
        mask &= index["step"] == wanted.step
    if wanted.reward:
        mask &= {
            "zero": raw == 0.0,
            "between": (raw > 0.0) & (raw < 1.0),
            "one": raw >= 1.0,
            "penalised": shaped < raw,
            "unscored": np.isnan(raw),
        }[wanted.reward]
    return mask


def _shown(place: int, row: dict[str, Any]) -> dict[str, Any]:
    components: dict[str, Any] = {}
    with contextlib.suppress(orjson.JSONDecodeError):
        components = dict(mapping(orjson.loads(text(row.get("components")) or "{}")))
    return {
        "index": place,
        "step": count(row.get("step")),
        "group": count(row.get("group")),
        "example": text(row.get("example_id")),
        "task": text(row.get("task")),
        "prompt": text(row.get("prompt")),
        "text": text(row.get("text")),
        "finish": text(row.get("finish")),
        "raw": number(row.get("raw")),
        "shaped": number(row.get("shaped")),
        "advantage": number(row.get("advantage")),
        "components": {key: number(value) for key, value in components.items()},
        "problem": text(row.get("problem")),
        "references": [text(r) for r in sequence(row.get("references"))],
    }


def _mean(values: Any) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None
