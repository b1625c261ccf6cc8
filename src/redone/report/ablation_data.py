"""What ablation.json holds: arms, seeds, and the scores of each arm before and after training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from redone.errors import UserError
from redone.report.reading import count, mapping, number, read_json, sequence, text
from redone.report.run_data import Notice, plain_name
from redone.report.scores import Results, StageScores, read_stages
from redone.report.sections.headline import mean_of

BASE = "base"
GROUPS = ("unseen_tasks", "held_out_tasks")
SFT_ONLY = frozenset({"sft", "sft-only", "sft_only", "naive-sft", "naive_sft", "only-sft"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One arm on one seed; ``stages`` begins with the base model and ends with what the arm made.

    ``groups`` names the tasks that the base never saw and those that nothing was trained on.
    """

    arm: str
    seed: int
    stages: tuple[StageScores, ...]
    examples: int | None
    seconds: float | None
    groups: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ablation:
    """All trials. ``arms`` is the order of the table, the base first; ``about`` is (title, description).

    ``tasks`` are those that the ablation shows one by one.
    """

    name: str
    trials: tuple[Trial, ...]
    arms: tuple[str, ...]
    about: Mapping[str, tuple[str, str]]
    results: Results
    tasks: tuple[str, ...]
    problems: tuple[Notice, ...]

    @property
    def seeds(self) -> list[int]:
        """Every seed of any arm."""
        return sorted({t.seed for t in self.trials})

    @property
    def sft_only(self) -> str:
        """The arm that is plain supervised fine-tuning, or nothing."""
        return next((arm for arm in self.arms if arm.lower() in SFT_ONLY), "")

    def of(self, arm: str) -> list[Trial]:
        """Give the trials of an arm by seed."""
        return sorted((t for t in self.trials if t.arm == arm), key=lambda t: t.seed)

    def by_seed(self, arm: str, decoding: str, suites: Sequence[str]) -> dict[int, float]:
        """Seed -> mean over the suites after the arm's last stage, where all of them were measured."""
        values = {t.seed: mean_of(t.stages[-1], suites, decoding) for t in self.of(arm)}
        return {seed: value for seed, value in values.items() if value is not None}

    def group_by_seed(self, arm: str, decoding: str, group: str) -> dict[int, float]:
        """Seed -> mean over the tasks of a group that have a score after the arm's last stage."""
        return {t.seed: fmean(own) for t in self.of(arm) if (own := _scores(t, t.groups[group], decoding))}

    def task_by_seed(self, arm: str, decoding: str, task: str) -> dict[int, float]:
        """Seed -> score of one task after the arm's last stage."""
        return {t.seed: own[0] for t in self.of(arm) if (own := _scores(t, (task,), decoding))}


def load_ablation(folder: Path) -> Ablation:
    """Read ``ablation.json``.

    Raises:
        UserError: there is no such folder or no readable ablation.json in it: without it there is no page.

    """
    path = folder / "ablation.json"
    raw, damaged = read_json(path)
    if damaged or not isinstance(raw, dict):
        state = "cannot be read as a JSON object" if damaged or raw is not None else "does not exist"
        raise UserError(f"{path} {state}; `redone ablate` writes it when the first arm is done")
    rows = [row for row in map(mapping, sequence(raw.get("rows"))) if sequence(row.get("stages"))]
    trials = _with_base(_trials(rows))
    lost = len(sequence(raw.get("rows"))) - len(rows)
    named = list(mapping(raw.get("arms")))
    arms = list(dict.fromkeys([BASE, *named, *(t.arm for t in trials)]))
    every = tuple(stage for t in trials for stage in t.stages)
    used = {d for stage in every for by in stage.suites.values() for d in by}
    wanted = text(raw.get("headline"))
    headline = wanted if wanted in used else next((d for d in ("sampled", "greedy") if d in used), "greedy")
    about = {arm: _about(arm, mapping(mapping(raw.get("arms")).get(arm))) for arm in arms}
    return Ablation(
        name=text(raw.get("name")) or folder.resolve().name,
        trials=tuple(trials),
        arms=tuple(arm for arm in arms if any(t.arm == arm for t in trials)),
        about=about,
        results=Results(stages=every, headline=headline),
        tasks=tuple(text(task) for task in sequence(raw.get("tasks"))),
        problems=(Notice("rows_without_stages", {"n": lost}),) if lost else (),
    )


def _trials(rows: Sequence[Mapping[str, Any]]) -> list[Trial]:
    entries = [[mapping(stage) for stage in sequence(row.get("stages"))] for row in rows]
    # One scale for the whole file: a single weak arm must not be read in other units than the rest.
    stages = iter(read_stages([stage for part in entries for stage in part]))
    return [
        Trial(
            arm=text(row.get("arm")) or "?",
            seed=count(row.get("seed")) or 0,
            stages=tuple(next(stages) for _ in part),
            examples=count(row.get("examples")),
            seconds=number(row.get("seconds")),
            groups={group: tuple(text(task) for task in sequence(row.get(group))) for group in GROUPS},
        )
        for row, part in zip(rows, entries, strict=True)
    ]


def _with_base(trials: list[Trial]) -> list[Trial]:
    """Add the base as an arm, unless it is listed: the first stage of another arm of the seed."""
    if any(t.arm == BASE for t in trials):
        return trials
    first: dict[int, Trial] = {}
    for trial in trials:
        first.setdefault(trial.seed, trial)
    base = [
        Trial(arm=BASE, seed=seed, stages=trial.stages[:1], examples=0, seconds=None, groups=trial.groups)
        for seed, trial in first.items()
    ]
    return base + trials


def _scores(trial: Trial, tasks: Sequence[str], decoding: str) -> list[float]:
    known = {task: score.estimate.value for _, task, score in trial.stages[-1].tasks(decoding)}
    return [value for task in tasks if (value := known.get(task)) is not None]


def _about(arm: str, entry: Mapping[str, Any]) -> tuple[str, str]:
    return text(entry.get("title")) or plain_name(arm), text(entry.get("description"))
