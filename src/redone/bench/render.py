"""Results as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from redone.bench.results import FileResult, SuiteResult, task_draws
from redone.bench.runner.store import read_work
from redone.scoring.statistics import percentile_interval


def render_result(result: SuiteResult) -> str:
    """Return the table of a result: tasks, their files, intervals, baselines and ceilings."""
    width = max(len(name) for name in result.files) + 2
    lines = [f"{result.suite}, scoring {result.mode}"]
    for task, files in result.tasks().items():
        if len(files) > 1:
            score = sum(f.score for f in files) / len(files)
            lines.append(_row(task, score, percentile_interval(task_draws(files)), "", width))
        lines += [_file_line(f, width, "  " if len(files) > 1 else "") for f in files]
    averages = result.averages()
    count = len(result.tasks())
    lines.append(
        _row(f"mean of {count} tasks", averages["tasks"], percentile_interval(result.draws()), "", width)
    )
    lines.append(f"(mean of files {averages['files']:.2f}, of items {averages['items']:.2f})")
    lines += [f"note: {note}" for note in result.notes]
    return "\n".join(lines)


def render_work(folder: Path) -> str:
    """Return the line about the work that a local run took; empty where there was none."""
    work = read_work(folder)
    if not work.get("slots_floor"):
        return ""
    computed, floor = work["slots_computed"], work["slots_floor"]
    return (
        f"{work['answers']} answers, {computed} token positions computed: {computed / floor:.3f} of the fewest "
        "possible (each distinct prefix token once)"
    )


def _file_line(result: FileResult, width: int, indent: str) -> str:
    said = [f"{name} {value:.2f}" for name, value in result.baselines.items()]
    if result.ceiling is not None:
        said.append(f"gold itself {result.ceiling:.2f}")
    if result.tally.unread:
        said.append(f"{result.tally.unread} unreadable")
    name = indent + result.bench_set.id
    label = f"n {len(result.places)}, {result.tally.headline}"
    return _row(name, result.score, percentile_interval(result.draws), "; ".join([label, *said]), width)


def _row(name: str, score: float, ends: Sequence[float], more: str, width: int) -> str:
    return f"{name:<{width}} {score:6.2f}  [{ends[0]:6.2f}, {ends[1]:6.2f}]  {more}".rstrip()
