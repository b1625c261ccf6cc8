"""Which sampled groups teach something: decided on the raw score, optimised on the shaped one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from redone.model.completion import Completion
from redone.records import Rollout, Score
from redone.scoring.overlong import overlong_penalty
from redone.training.objectives.dapo import group_advantages
from redone.training.prompts import Prompt
from redone.training.sequences import Group
from redone.training.settings import DapoSettings

Fate = Literal["kept", "all_zero", "all_one", "all_same", "unscored", "masked"]
FATES: tuple[Fate, ...] = ("kept", "all_zero", "all_one", "all_same", "unscored", "masked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a sampled group.

    ``fate``: kept; or dropped because all known raw scores are (within the tolerance) zero, one, or otherwise
    the same; because fewer than two answers have a score; or because every answer was cut and cut ones are
    masked. ``group`` is there for kept ones. ``advantages`` has None for answers that are not trained on.
    """

    prompt: Prompt
    completions: Sequence[Completion]
    scores: Sequence[Score]
    shaped: Sequence[float | None]
    advantages: Sequence[float | None]
    fate: Fate
    group: Group | None = None


def judge(
    prompt: Prompt, completions: Sequence[Completion], scores: Sequence[Score], settings: DapoSettings
) -> Verdict:
    """The verdict on one group of answers and their scores.

    Filtering on the shaped reward would let an all-wrong group pass whenever its answers differ in length,
    and length would become the signal; so the filter sees raw scores only.
    """
    raw = [score.value for score in scores]
    shaped = [
        None
        if value is None
        else value
        + overlong_penalty(
            len(completion.ids), settings.max_new_tokens, settings.overlong_buffer, settings.overlong_factor
        )
        for value, completion in zip(raw, completions, strict=True)
    ]
    nothing: list[float | None] = [None] * len(raw)
    fate = _fate(raw, settings.task_tolerance.get(prompt.task, settings.tolerance))
    if fate != "kept":
        return Verdict(
            prompt=prompt,
            completions=completions,
            scores=scores,
            shaped=shaped,
            advantages=nothing,
            fate=fate,
        )
    advantages = group_advantages(shaped, std=settings.std, eps=settings.std_eps)
    if settings.mask_truncated:
        advantages = [
            None if completion.finish == "length" else advantage
            for completion, advantage in zip(completions, advantages, strict=True)
        ]
    members = [index for index, advantage in enumerate(advantages) if advantage is not None]
    group = _group(prompt, completions, advantages, members) if members else None
    return Verdict(
        prompt=prompt,
        completions=completions,
        scores=scores,
        shaped=shaped,
        advantages=advantages,
        fate="kept" if group else "masked",
        group=group,
    )


def _fate(raw: Sequence[float | None], tolerance: float) -> Fate:
    known = [value for value in raw if value is not None]
    if len(known) < 2:
        return "unscored"
    if max(known) - min(known) > tolerance:
        return "kept"
    if max(known) <= tolerance:
        return "all_zero"
    return "all_one" if min(known) >= 1.0 - tolerance else "all_same"


def _group(
    prompt: Prompt,
    completions: Sequence[Completion],
    advantages: Sequence[float | None],
    members: Sequence[int],
) -> Group:
    return Group(
        example_id=prompt.example_id,
        task=prompt.task,
        prompt_ids=tuple(prompt.prompt_ids),
        answers=tuple(tuple(completions[index].ids) for index in members),
        old_logprobs=tuple(tuple(completions[index].logprobs) for index in members),
        advantages=tuple(float(advantages[index] or 0.0) for index in members),
    )


def spread(
    groups: Sequence[Group], need: int, weights: Mapping[str, float]
) -> tuple[list[Group], list[Group]]:
    """At most ``need`` groups, taken in turns by task as ``weights`` ask, oldest first; and the rest."""
    waiting: dict[str, list[Group]] = {}
    for group in groups:
        waiting.setdefault(group.task, []).append(group)
    taken = dict.fromkeys(waiting, 0)
    chosen: list[Group] = []
    while len(chosen) < need and len(chosen) < len(groups):
        task = min(
            (task for task in sorted(waiting) if taken[task] < len(waiting[task])),
            key=lambda task: (taken[task] + 1) / max(weights.get(task, 0.0), 1e-9),
        )
        chosen.append(waiting[task][taken[task]])
        taken[task] += 1
    return chosen, [group for task in sorted(waiting) for group in waiting[task][taken[task] :]]


def rollout_records(
    step: int, verdicts: Sequence[Verdict], decode: Callable[[Sequence[int]], str]
) -> list[Rollout]:
    """One record per sampled answer, of kept and dropped groups alike; ``group`` counts within the step."""
    return [
        Rollout(
            step=step,
            group=number,
            example_id=verdict.prompt.example_id,
            task=verdict.prompt.task,
            answer_ids=tuple(completion.ids),
            logprobs=tuple(completion.logprobs),
            text=decode(completion.ids),
            finish=completion.finish,
            raw=score.value,
            shaped=shaped,
            advantage=advantage or 0.0,
            components=score.components,
            problem=score.problem,
        )
        for number, verdict in enumerate(verdicts)
        for completion, score, shaped, advantage in zip(
            verdict.completions, verdict.scores, verdict.shaped, verdict.advantages, strict=True
        )
    ]
