"""Counts of a rollout step, whole and by task: the cheapest diagnosis there is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from redone.training.groups import FATES, Verdict
from redone.training.settings import DapoSettings

Row = dict[str, Any]
# Group counts that add up over steps; "masked" groups had every answer cut and masked.
COUNTED = ("drawn", "kept", "all_zero", "all_one", "all_same", "unscored_groups", "masked")


def step_counts(verdicts: Sequence[Verdict]) -> Row:
    """The fields of a row that describe sampling.

    Groups by fate; ``reward_raw``, ``reward_shaped`` (means over scored answers, None without any),
    ``length`` (mean answer tokens), ``truncated`` and ``unscored`` (shares of answers), and the same under
    ``tasks``.
    """
    tasks: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        tasks.setdefault(verdict.prompt.task, []).append(verdict)
    whole = _describe(verdicts)
    whole["reward_raw"] = whole.pop("raw")
    whole["reward_shaped"] = whole.pop("shaped")
    return whole | {"tasks": {task: _describe(tasks[task]) for task in sorted(tasks)}}


def _describe(verdicts: Sequence[Verdict]) -> Row:
    lengths = [len(completion.ids) for verdict in verdicts for completion in verdict.completions]
    cut = sum(completion.finish == "length" for verdict in verdicts for completion in verdict.completions)
    raw = [score.value for verdict in verdicts for score in verdict.scores]
    fates = [verdict.fate for verdict in verdicts]
    return {
        "drawn": len(verdicts),
        **{("unscored_groups" if fate == "unscored" else fate): fates.count(fate) for fate in FATES},
        "raw": _mean(value for value in raw if value is not None),
        "shaped": _mean(value for verdict in verdicts for value in verdict.shaped if value is not None),
        "length": _mean(float(length) for length in lengths),
        "truncated": cut / len(lengths) if lengths else 0.0,
        "unscored": raw.count(None) / len(raw) if raw else 0.0,
    }


def diagnosis(counts: Row, rounds: int, settings: DapoSettings) -> str:
    """Why a step has nothing to train on, in words."""
    parts = [
        f"{counts[key]} {words}"
        for key, words in (
            ("all_zero", "with every answer at 0"),
            ("all_one", "with every answer at 1"),
            ("all_same", "with all answers at one score"),
            ("unscored_groups", "with fewer than two scored answers"),
            ("masked", f"with every answer cut at max_new_tokens = {settings.max_new_tokens} and masked"),
        )
        if counts[key]
    ]
    return (
        f"no group to train on: {counts['drawn']} groups sampled in {rounds} rounds, {', '.join(parts)}; "
        "no update was made"
    )


def _mean(values: Iterable[float]) -> float | None:
    held = list(values)
    return sum(held) / len(held) if held else None


def merge_rows(rows: Sequence[Row]) -> Row:
    """One row of several updates: means weighted by their tokens, sums of counts."""
    made = [row for row in rows if row["loss"] is not None]
    merged = dict((made or rows)[-1])
    weights = [row["weight"] for row in made]
    for name, value in merged.items():
        if isinstance(value, float) and name not in ("lr", "seconds", "weight") and made:
            merged[name] = sum(w * row[name] for w, row in zip(weights, made, strict=True)) / sum(weights)
    for name in ("seconds", "tokens", "examples"):
        merged[name] = sum(row[name] for row in rows)
    merged["updates"] = len(made)
    del merged["weight"]
    return merged
