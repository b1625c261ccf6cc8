"""References in doubt: which logged labels fine-tuning came not to believe, and what the model says instead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from redone.report.reading import number, text
from redone.report.run_data import RunData
from redone.report.words import visible

SHOWN = 12
"""Rows to look at, per stage; the others stand in the stage's folder."""


def doubted(run: RunData) -> list[dict[str, Any]]:
    """One block per stage that doubted references: how many of which task, and some to look at."""
    return [_block(folder.name, folder.doubted) for folder in run.stages if folder.doubted]


def _block(stage: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "stage": stage,
        "count": len(rows),
        "tasks": Counter(text(row.get("task")) for row in rows).most_common(),
        "rows": [_row(row) for row in _chosen(rows)],
    }


def _chosen(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those on whose other answer the model agrees most, tasks in turn."""
    by_task: dict[str, list[Mapping[str, Any]]] = {}
    for row in sorted(rows, key=lambda r: (-(number(r.get("agreement")) or 0.0), text(r.get("id")))):
        by_task.setdefault(text(row.get("task")), []).append(row)
    longest = max(map(len, by_task.values()))
    turns = [own[turn] for turn in range(longest) for own in by_task.values() if turn < len(own)]
    return turns[:SHOWN]


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    agreement = number(row.get("agreement"))
    return {
        "task": text(row.get("task")),
        "language": "zh" if row.get("language") == "zh" else "en",
        "prompt": visible(text(row.get("prompt")), 400),
        "reference": visible(text(row.get("reference")), 200),
        "said": visible(text(row.get("said")), 200),
        "agreement": None if agreement is None else 100 * agreement,
    }
