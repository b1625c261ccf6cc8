"""Benchmark suites that were run on the final model: scores, intervals, and what doing nothing gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redone.report.reading import count, mapping, number, sequence, text
from redone.report.run_data import RunData


def benchmarks(run: RunData) -> list[dict[str, Any]]:
    """One block per result of `redone bench run` in the run folder: its tasks and their files."""
    return [_block(folder, told) for folder, told in run.benchmarks.items() if mapping(told.get("files"))]


def _block(folder: str, told: Mapping[str, Any]) -> dict[str, Any]:
    files = {name: mapping(row) for name, row in mapping(told.get("files")).items()}
    return {
        "folder": folder,
        "suite": text(told.get("suite")),
        "mode": text(told.get("scoring")),
        "whole": _score(told),
        "rows": [_row(name, row) for name, row in files.items()],
        "notes": [text(note) for note in sequence(told.get("notes"))],
        "licences": sorted({text(row.get("licence")) for row in files.values()} - {""}),
    }


def _row(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    scored = {who: number(value) for who, value in mapping(row.get("baselines")).items()}
    known = {who: value for who, value in scored.items() if value is not None}
    best = max(known, key=lambda who: known[who], default="")
    return {
        "file": name,
        "task": text(row.get("task")),
        "metric": text(row.get("metric")),
        "n": count(row.get("n")),
        "unread": count(row.get("unread")) or 0,
        **_score(row),
        "baseline": best,
        "baseline_score": known.get(best),
        "ceiling": number(row.get("ceiling")),
    }


def _score(row: Mapping[str, Any]) -> dict[str, float | None]:
    ends = [number(value) for value in sequence(row.get("ci95"))]
    low, high = ends if len(ends) == 2 else (None, None)
    return {"score": number(row.get("score")), "low": low, "high": high}
