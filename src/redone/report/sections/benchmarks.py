"""Benchmark suites that were run on the final model: scores, intervals, and what doing nothing gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from redone.report.charts.marks import score_mark
from redone.report.reading import count, mapping, number, sequence, text
from redone.report.run_data import RunData

TITLES = {"sns-bench": "SNS-Bench", "sns-transbench": "SNS-TransBench", "general": "General-Bench"}
STYLES = {"above": "good", "below": "bad"}


def benchmarks(run: RunData) -> list[dict[str, Any]]:
    """One block per result of `redone bench run` in the run folder: its tasks and their files."""
    return [_block(folder, told) for folder, told in run.benchmarks.items() if mapping(told.get("files"))]


def _block(folder: str, told: Mapping[str, Any]) -> dict[str, Any]:
    files = {name: mapping(row) for name, row in mapping(told.get("files")).items()}
    rows = [_row(name, row) for name, row in files.items()]
    whole = {**_score(told), "baseline_score": _mean_of_tasks(rows)}
    suite = text(told.get("suite"))
    return {
        "folder": folder,
        "suite": TITLES.get(suite, suite),
        "mode": text(told.get("scoring")),
        "whole": {**whole, "drawn": _drawn(whole, "mean")},
        "rows": rows,
        "above": sum(row["stands"] == "above" for row in rows),
        "compared": sum(row["stands"] != "" for row in rows),
        "notes": [text(note) for note in sequence(told.get("notes"))],
        "licences": sorted({text(row.get("licence")) for row in files.values()} - {""}),
    }


def _row(name: str, told: Mapping[str, Any]) -> dict[str, Any]:
    scored = {who: number(value) for who, value in mapping(told.get("baselines")).items()}
    known = {who: value for who, value in scored.items() if value is not None}
    best = max(known, key=lambda who: known[who], default="")
    row = {
        "file": name,
        "task": text(told.get("task")),
        "metric": text(told.get("metric")),
        "n": count(told.get("n")),
        "unread": count(told.get("unread")) or 0,
        **_score(told),
        "baseline": best,
        "baseline_score": known.get(best),
        "ceiling": number(told.get("ceiling")),
    }
    return {**row, "stands": _stands(row), "drawn": _drawn(row, name)}


def _score(row: Mapping[str, Any]) -> dict[str, float | None]:
    ends = [number(value) for value in sequence(row.get("ci95"))]
    low, high = ends if len(ends) == 2 else (None, None)
    return {"score": number(row.get("score")), "low": low, "high": high}


def _stands(row: Mapping[str, Any]) -> str:
    """Where the interval lies against what reads nothing: "above", "below", "even", or "" where unknown."""
    low, high, base = row["low"], row["high"], row["baseline_score"]
    if low is None or high is None or base is None:
        return ""
    return "above" if low > base else "below" if high < base else "even"


def _drawn(row: Mapping[str, Any], name: str) -> Any:
    if row["score"] is None:
        return ""
    known = row["low"] is not None and row["high"] is not None
    said = f"{name}: {row['score']:.2f}"
    if row["baseline_score"] is not None:
        said += f", reads nothing: {row['baseline_score']:.2f}"
    interval = (row["low"], row["high"]) if known else None
    return score_mark(
        row["score"], interval, row["baseline_score"], STYLES.get(_stands(row), "even"), label=said
    )


def _mean_of_tasks(rows: Sequence[Mapping[str, Any]]) -> float | None:
    """What reads nothing gets as the suite's mean: over tasks, a task being the mean of its files."""
    tasks: dict[str, list[float]] = {}
    for row in rows:
        if row["baseline_score"] is None:
            return None
        tasks.setdefault(row["task"] or row["file"], []).append(row["baseline_score"])
    means = [sum(scores) / len(scores) for scores in tasks.values()]
    return sum(means) / len(means) if means else None
