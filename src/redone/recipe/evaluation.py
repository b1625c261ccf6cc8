"""Every score in two decodings: greedy, and sampled at the recipe's temperature.

Greedy decoding alone hides half of what reinforcement learning does (it sharpens a distribution), so both are
always measured on the same items, and the recipe names the headline beforehand.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from redone.model import Chat, GroupSampler, SamplingSettings
from redone.records import Example, Score
from redone.scoring.statistics import stratified_mean
from redone.tasks import Scorer, Task

CONSTANT_SHARE = 0.9
"""A task answered alike this often has collapsed to one class; see `constant_answer`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One decoded and scored answer."""

    example: Example
    text: str
    finished: bool
    score: Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoding:
    """How answers are drawn: ``temperature`` 0 is greedy; ``samples`` per item."""

    name: str
    temperature: float
    samples: int
    max_new_tokens: int


def answer_all(
    sampler: GroupSampler,
    chat: Chat,
    scorer: Scorer,
    examples: Sequence[Example],
    decoding: Decoding,
    *,
    seed: int,
) -> list[list[Answer]]:
    """``decoding.samples`` scored answers for each example, in the order of ``examples``."""
    prompts = [chat.encode_prompt(example.messages) for example in examples]
    settings = SamplingSettings(
        group_size=decoding.samples, max_new_tokens=decoding.max_new_tokens, temperature=decoding.temperature
    )
    groups = sampler.generate(prompts, settings, seed)
    flat = [
        (example, chat.decode(completion.ids), completion.finish == "stop")
        for example, group in zip(examples, groups, strict=True)
        for completion in group
    ]
    answers = [Answer(*item, score) for item, score in zip(flat, scorer.score_many(flat), strict=True)]
    size = decoding.samples
    return [answers[i * size : (i + 1) * size] for i in range(len(examples))]


def item_scores(groups: Sequence[Sequence[Answer]]) -> dict[str, list[float]]:
    """Task -> one score per item (mean over its samples). Items without any known score are left out."""
    scores: dict[str, list[float]] = defaultdict(list)
    for group in groups:
        known = [a.score.value for a in group if a.score.value is not None]
        if known:
            scores[group[0].example.task].append(float(np.mean(known)))
    return scores


def constant_answer(groups: Sequence[Sequence[Answer]]) -> tuple[str, float]:
    """The most frequent parsed answer of one task and its share among all samples.

    Counts only tasks with closed options (every example lists ``choices``): there, one answer for nearly
    everything means that the policy has collapsed to a class. A class is worded differently in each language,
    so each has its own most frequent answer and their counts are added. An answer that cannot be read is
    none, but it is a sample.
    """
    if not all(group[0].example.choices for group in groups):
        return "", 0.0
    return most_frequent((a.example.language, a.score.answer) for group in groups for a in group)


def most_frequent(answers: Iterable[tuple[str, str]]) -> tuple[str, float]:
    """The most frequent answers of (language, answer) pairs, joined, and their share; empty ones never win."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for language, answer in answers:
        counts[language][answer] += 1
    total = sum(own.total() for own in counts.values())
    best = [max(own.items(), key=lambda item: (bool(item[0]), item[1])) for own in counts.values()]
    named = [(answer, count) for answer, count in best if answer]
    return " / ".join(dict.fromkeys(answer for answer, _ in named)), sum(n for _, n in named) / total


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


def evaluate(
    sampler: GroupSampler,
    chat: Chat,
    scorer: Scorer,
    examples: Sequence[Example],
    decodings: Sequence[Decoding],
    *,
    tasks: Mapping[str, Task],
    baselines: Mapping[str, Mapping[str, float]],
    seed: int,
    shown_per_task: int = 8,
    on_decoding: Callable[[str], None] = lambda name: None,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Scores of all suites in all decodings, and sample rows to look at.

    Returns:
        ``{suite: {decoding: {...}}}`` as in ``results.json``, and rows for ``samples.jsonl``.

    """
    suites: dict[str, Any] = defaultdict(dict)
    rows: list[dict[str, Any]] = []
    for decoding in decodings:
        on_decoding(decoding.name)
        groups = answer_all(sampler, chat, scorer, examples, decoding, seed=seed)
        for suite, entry in summarise(groups, tasks, baselines).items():
            suites[suite][decoding.name] = entry
        rows += sample_rows(groups, decoding.name, shown_per_task)
    return dict(suites), rows
