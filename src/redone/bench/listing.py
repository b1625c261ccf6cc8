"""What benchmark sets there are, which of them a folder holds, and how to get the others."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from redone.bench.catalogue import choose
from redone.bench.sets import BenchSet
from redone.errors import UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One set as found: ``items`` is None where it is absent; ``remark`` says what differs or is missing."""

    id: str
    suite: str
    task: str
    capability: str
    metric: str
    licence: str
    documented: int
    items: int | None
    path: str
    remark: str

    def to_json(self) -> dict[str, Any]:
        """Return the row as JSON can hold it."""
        return asdict(self)


def list_sets(suites: tuple[str, ...], data: Path | None) -> list[Listed]:
    """Return every set of the suites, looked for in ``data`` (nowhere if None).

    Raises:
        UserError: a suite is unknown, or the folder is absent.

    """
    if data is not None and not data.is_dir():
        raise UserError(f"--data {data}: no such folder")
    return [_listed(bench_set, data) for suite in suites for bench_set in choose(suite)]


def _listed(bench_set: BenchSet, data: Path | None) -> Listed:
    items, path, remark = None, "", bench_set.source
    if data is not None:
        try:
            loaded = bench_set.load(data)
        except UserError as error:
            remark = str(error) if bench_set.source in str(error) else f"{error}. {bench_set.source}"
        else:
            items, path, remark = len(loaded.items), str(loaded.path), ""
            if bench_set.items and items != bench_set.items:
                remark = f"{items} items, documented are {bench_set.items}"
            elif bench_set.sha256 and loaded.sha256 != bench_set.sha256:
                remark = f"not the documented revision (sha256 {loaded.sha256[:12]}...)"
    return Listed(
        id=bench_set.id, suite=bench_set.suite, task=bench_set.task, capability=bench_set.capability,
        metric=bench_set.metric, licence=bench_set.licence, documented=bench_set.items, items=items,
        path=path, remark=remark,
    )  # fmt: skip


def render_list(rows: list[Listed]) -> str:
    """Return the list as text."""
    lines = []
    for row in rows:
        count = "-" if row.items is None else str(row.items)
        of = f" of {row.documented}" if row.documented and row.items != row.documented else ""
        lines.append(f"{row.id:<24}{row.capability:<18} {count + of:>14}  {row.metric}; {row.licence}")
        if row.remark:
            lines.append(f"{'':<24}{row.remark}")
    return "\n".join(lines)
