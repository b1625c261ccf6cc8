"""Every score in two decodings: greedy, and sampled at the recipe's temperature.

Greedy decoding alone hides half of what reinforcement learning does (it sharpens a distribution), so both are
always measured on the same items, and the recipe names the headline beforehand.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from redone.recipe.answering import Answer, Decoding
from redone.recipe.constant_answers import CONSTANT_SHARE, constant_answer
from redone.scoring.statistics import stratified_mean
from redone.tasks import Task

SHOWN_PER_TASK = 8
"""Items of each task whose answers are kept to look at."""


def evaluate(
    answers: Callable[[Decoding], Sequence[Sequence[Answer]]],
    decodings: Sequence[Decoding],
    tasks: Mapping[str, Task],
    baselines: Mapping[str, Mapping[str, float]],
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Scores of all suites in all decodings, and sample rows to look at.

    Returns:
        ``{suite: {decoding: {...}}}`` as in ``results.json``, and rows for ``samples.jsonl``.

    """
    suites: dict[str, Any] = defaultdict(dict)
    rows: list[dict[str, Any]] = []
    for decoding in decodings:
        groups = answers(decoding)
        for suite, entry in summarise(groups, tasks, baselines).items():
            suites[suite][decoding.name] = entry
        rows += sample_rows(groups, decoding.name, SHOWN_PER_TASK)
    return dict(suites), rows


def item_scores(groups: Sequence[Sequence[Answer]]) -> dict[str, list[float]]:
    """Task -> one score per item (mean over its samples). Items without any known score are left out."""
    scores: dict[str, list[float]] = defaultdict(list)
    for group in groups:
        known = [a.score.value for a in group if a.score.value is not None]
        if known:
            scores[group[0].example.task].append(float(np.mean(known)))
    return scores


def summarise(
    groups: Sequence[Sequence[Answer]],
    tasks: Mapping[str, Task],
    baselines: Mapping[str, Mapping[str, float]],
) -> dict[str, Any]:
    """The ``suites`` entry of one decoding: per suite the mean over tasks in points (0-100), with intervals.

    An unknown score is no zero: it is left out of the means and counted, as ``unscored`` in its task's entry
    or, where a task has no known score at all, in ``unscored_tasks`` of its suite. A suite without any known
    score has ``score`` None.
    """
    by_task: dict[str, list[Sequence[Answer]]] = defaultdict(list)
    for group in groups:
        by_task[group[0].example.task].append(group)
    scores = item_scores(groups)
    suites: dict[str, Any] = {}
    for suite in sorted({tasks[task].suite for task in by_task}):
        own = [task for task in by_task if tasks[task].suite == suite]
        names = [task for task in own if scores.get(task)]
        entry: dict[str, Any] = {
            "score": None,
            "tasks": {task: _task_entry(by_task[task], scores[task], baselines) for task in names},
        }
        if names:
            value, low, high = stratified_mean([scores[task] for task in names])
            entry |= {"score": 100 * value, "ci95": [100 * low, 100 * high]}
        if len(names) < len(own):
            missing = {task: sum(map(len, by_task[task])) for task in own if task not in names}
            entry["unscored_tasks"] = missing
        unseen = [group for task in names for group in by_task[task] if group[0].example.unseen_template]
        values = [value for per_task in item_scores(unseen).values() for value in per_task]
        if values:
            entry["unseen_templates"] = {"score": 100 * float(np.mean(values)), "n": len(values)}
        suites[suite] = entry
    return suites


def _task_entry(
    groups: Sequence[Sequence[Answer]], scores: Sequence[float], baselines: Mapping[str, Mapping[str, float]]
) -> dict[str, Any]:
    _, low, high = stratified_mean([scores])
    task = groups[0][0].example.task
    entry: dict[str, Any] = {
        "score": 100 * float(np.mean(scores)),
        "ci95": [100 * low, 100 * high],
        "n": len(scores),
        "unscored": sum(a.score.value is None for group in groups for a in group),
        "baselines": {name: 100 * value for name, value in baselines.get(task, {}).items()},
    }
    answer, share = constant_answer(groups)
    if share > CONSTANT_SHARE:
        entry["constant"] = {"answer": answer, "share": share}
    return entry


def sample_rows(groups: Sequence[Sequence[Answer]], decoding: str, per_task: int) -> list[dict[str, Any]]:
    """Rows of ``samples.jsonl``: the first ``per_task`` items of each task, so that stages can be paired."""
    seen: Counter[str] = Counter()
    rows = []
    for group in groups:
        first = group[0]
        seen[first.example.task] += 1
        if seen[first.example.task] > per_task:
            continue
        rows.append(
            {
                "task": first.example.task,
                "language": first.example.language,
                "example_id": first.example.id,
                "prompt": first.example.messages[-1].content,
                "references": list(first.example.references),
                "output": first.text,
                "score": first.score.value,
                "decoding": decoding,
            }
        )
    return rows
