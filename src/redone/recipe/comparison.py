"""The table of an ablation: scores of every arm over seeds in both decodings, and their differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from redone.recipe.results import suite_score
from redone.scoring.statistics import t_interval

DECODINGS = ("greedy", "sampled")
MEASURES = ("sns", "translation", "general", "mean", "unseen_tasks", "held_out_tasks")
TITLES = {
    "sns": "SNS",
    "translation": "Translation",
    "general": "General",
    "mean": "Mean of SNS and General",
    "unseen_tasks": "Tasks new to the base",
    "held_out_tasks": "Tasks never trained",
}


_DIFFERENCES = (
    "First arm minus second, seed by seed: mean, 95 % interval over seeds, values by seed. "
    "Bold where the interval excludes 0."
)


def numbers(
    rows: Sequence[Mapping[str, Any]],
    labels: Mapping[str, str],
    compare: Sequence[tuple[str, str]],
    tasks: Sequence[str] = (),
) -> dict[str, Any]:
    """Return every measure per arm and decoding (mean, range, values by seed), and paired differences.

    A difference is taken seed by seed, over the seeds that both arms have, and has a 95 % t-interval where these are
    two or more (our choice: a handful of seeds is too few for a bootstrap). A measure that a trial lacks is left
    out, never counted as zero.
    """
    arms: dict[str, dict[str, Any]] = {}
    for arm, label in labels.items():
        mine = [row for row in rows if row["arm"] == arm]
        if mine:
            arms[arm] = {
                "label": label,
                **{
                    key: round(fmean(row[key] for row in mine), 1)
                    for key in ("examples", "prompts", "tokens", "steps", "seconds")
                },
                **{d: _spread_all({row["seed"]: _measures(row, d) for row in mine}) for d in DECODINGS},
                "tasks": {task: {d: _spread_task(mine, task, d) for d in DECODINGS} for task in tasks},
            }
    differences = []
    for first, second in compare:
        if first in arms and second in arms:
            differences.append(
                {
                    "first": first,
                    "second": second,
                    **{d: _difference(arms[first][d], arms[second][d]) for d in DECODINGS},
                }
            )
    return {"arms": arms, "differences": differences}


def markdown(name: str, comparison: Mapping[str, Any]) -> str:
    """Return the comparison as Markdown: one table per decoding, then the differences."""
    arms = comparison["arms"]
    seeds = sorted(
        {
            int(seed)
            for arm in arms.values()
            for d in DECODINGS
            for m in arm[d].values()
            for seed in m["seeds"]
        }
    )
    over = (
        f"mean over seeds {', '.join(map(str, seeds))} and their range" if len(seeds) > 1 else "of one seed"
    )
    lines = [f"# {name}", "", f"Points, {over}.", ""]
    for decoding in DECODINGS:
        shown = [m for m in MEASURES if any(m in arm[decoding] for arm in arms.values())]
        heads = [decoding.capitalize(), *(TITLES[m] for m in shown), "Examples", "Steps", "Tokens", "Seconds"]
        lines += _table(heads, [_arm_cells(arm, decoding, shown) for arm in arms.values()])
    lines += _task_tables(arms)
    if comparison["differences"]:
        lines += ["## Differences", "", _DIFFERENCES if len(seeds) > 1 else "First arm minus second.", ""]
        heads = ["Arms", *(f"{TITLES[m]}, {d}" for d in DECODINGS for m in ("sns", "general", "mean"))]
        lines += _table(heads, [_difference_cells(d, arms) for d in comparison["differences"]])
    return "\n".join(lines)


def _task_tables(arms: Mapping[str, Any]) -> list[str]:
    tasks = list(next(iter(arms.values()))["tasks"]) if arms else []
    if not tasks:
        return []
    lines = ["## Single tasks", ""]
    for decoding in DECODINGS:
        cells = [
            [str(a["label"]), *(_cell(a["tasks"][task][decoding]) for task in tasks)] for a in arms.values()
        ]
        lines += _table([decoding.capitalize(), *tasks], cells)
    return lines


def _measures(row: Mapping[str, Any], decoding: str) -> dict[str, float]:
    last = row["stages"][-1]
    scores = {suite: suite_score(last, suite, decoding) for suite in ("sns", "translation", "general")}
    found = {suite: score for suite, score in scores.items() if score is not None}
    if {"sns", "general"} <= found.keys():
        found["mean"] = (found["sns"] + found["general"]) / 2
    tasks = _task_scores(row, decoding)
    for measure in ("unseen_tasks", "held_out_tasks"):
        own = [tasks[task] for task in row.get(measure, ()) if tasks.get(task) is not None]
        if own:
            found[measure] = fmean(own)
    return found


def _task_scores(row: Mapping[str, Any], decoding: str) -> dict[str, Any]:
    return {
        task: entry.get("score")
        for suite in row["stages"][-1]["suites"].values()
        for task, entry in suite.get(decoding, {}).get("tasks", {}).items()
    }


def _spread_task(rows: Sequence[Mapping[str, Any]], task: str, decoding: str) -> dict[str, Any] | None:
    """A task's score by seed; None where no seed has one."""
    scores = {row["seed"]: _task_scores(row, decoding).get(task) for row in rows}
    known = {seed: float(score) for seed, score in scores.items() if score is not None}
    return _spread(known) if known else None


def _spread_all(by_seed: Mapping[int, Mapping[str, float]]) -> dict[str, Any]:
    present = [m for m in MEASURES if any(m in measures for measures in by_seed.values())]
    return {m: _spread({seed: values[m] for seed, values in by_seed.items() if m in values}) for m in present}


def _spread(values: Mapping[int, float]) -> dict[str, Any]:
    return {
        "mean": round(fmean(values.values()), 2),
        "low": round(min(values.values()), 2),
        "high": round(max(values.values()), 2),
        "seeds": {str(seed): round(value, 2) for seed, value in sorted(values.items())},
    }


def _difference(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for measure in MEASURES:
        a, b = first.get(measure, {}).get("seeds", {}), second.get(measure, {}).get("seeds", {})
        common = {int(seed): a[seed] - b[seed] for seed in a if seed in b}
        if common:
            found[measure] = _spread(common)
        if len(common) > 1:
            _, low, high = t_interval(list(common.values()))
            found[measure]["interval"] = {"low": round(low, 2), "high": round(high, 2)}
    return found


def _arm_cells(arm: Mapping[str, Any], decoding: str, shown: Sequence[str]) -> list[str]:
    cells = [str(arm["label"])]
    for measure in shown:
        cells.append(_cell(arm[decoding].get(measure)))
    return [
        *cells,
        f"{arm['examples']:.0f}",
        f"{arm['steps']:.0f}",
        f"{arm['tokens']:.0f}",
        f"{arm['seconds']:.0f}",
    ]


def _cell(spread: Mapping[str, Any] | None) -> str:
    if spread is None:
        return "unknown"
    ranged = f" ({spread['low']:.1f} to {spread['high']:.1f})" if len(spread["seeds"]) > 1 else ""
    return f"{spread['mean']:.1f}{ranged}"


def _difference_cells(difference: Mapping[str, Any], arms: Mapping[str, Any]) -> list[str]:
    cells = [f"{arms[difference['first']]['label']} - {arms[difference['second']]['label']}"]
    for decoding in DECODINGS:
        for measure in ("sns", "general", "mean"):
            cells.append(_difference_cell(difference[decoding].get(measure)))
    return cells


def _difference_cell(spread: Mapping[str, Any] | None) -> str:
    if spread is None:
        return "unknown"
    values = ", ".join(f"{value:+.1f}" for value in spread["seeds"].values())
    if "interval" not in spread:
        return values
    low, high = spread["interval"]["low"], spread["interval"]["high"]
    mean = f"**{spread['mean']:+.1f}**" if low > 0 or high < 0 else f"{spread['mean']:+.1f}"
    return f"{mean} [{low:+.1f}, {high:+.1f}] ({values})"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(heads)} |", "|" + "|".join(" --- " for _ in heads) + "|"]
    return [*lines, *(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows), ""]
