"""Where the model is still weak, with evidence: the failure bucket of RedOne 2.0 (section 3.2.3).

The paper does not say when a task has failed. Our rule, in `BucketRule`: the mean score of sampled answers is
low, or most groups are all wrong (nothing for RL to learn from), or one answer is given to nearly everything
(a collapse to a class, which zero-variance groups can no longer undo). It is measured on the dev split, which
is neither training data nor benchmark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from redone.errors import UserError
from redone.recipe.answering import Answer
from redone.recipe.config import BucketRule
from redone.recipe.constant_answers import constant_answer, most_frequent
from redone.scoring.statistics import pass_at_k, stratified_mean

SUCCESS = 0.5
"""A sampled answer counts as a pass from this score on, for pass@k of real-valued rewards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDiagnosis:
    """What sampling shows about one task. Scores and shares lie in 0..1; ``ci95`` is of the mean score.

    ``n`` counts prompts with a known score, ``unscored`` sampled answers without one.
    """

    task: str
    score: float
    ci95: tuple[float, float]
    n: int
    unscored: int
    pass_at_k: Mapping[str, float]
    kept: float
    all_zero: float
    all_one: float
    constant_answer: str
    constant_share: float
    reasons: tuple[str, ...]

    @property
    def weak(self) -> bool:
        """Whether the task is in the failure bucket."""
        return bool(self.reasons)


def diagnose(groups: Mapping[str, Sequence[Sequence[Answer]]], rule: BucketRule) -> list[TaskDiagnosis]:
    """One diagnosis per task, weakest first.

    Args:
        groups: task -> one group of sampled answers per dev prompt.
        rule: when a task is weak.

    Raises:
        UserError: a task without a single known score; nothing can be said about it.

    """
    found = [_diagnose_task(task, members, rule) for task, members in groups.items()]
    return sorted(found, key=lambda d: (d.score, d.task))


def _diagnose_task(task: str, groups: Sequence[Sequence[Answer]], rule: BucketRule) -> TaskDiagnosis:
    known = [[a.score.value for a in group if a.score.value is not None] for group in groups]
    known = [values for values in known if values]
    unscored = [a.score.problem for group in groups for a in group if a.score.value is None]
    if not known:
        raise UserError(
            f"task {task}: none of {len(unscored)} answers could be scored ({unscored[0]}); "
            "mend that, or leave the task out of data.tasks"
        )
    means = [float(np.mean(values)) for values in known]
    _, low, high = stratified_mean([means])
    score = float(np.mean(means))
    zero = float(np.mean([max(values) <= 0.0 for values in known]))
    one = float(np.mean([min(values) >= 1.0 for values in known]))
    same = float(np.mean([max(values) - min(values) <= 1e-6 for values in known]))
    answer, share = constant_answer(groups)
    size = min(map(len, known))
    passes = [sum(value >= SUCCESS for value in values[:size]) for values in known]
    return TaskDiagnosis(
        task=task,
        score=score,
        ci95=(low, high),
        n=len(known),
        unscored=len(unscored),
        pass_at_k={str(k): float(np.mean([pass_at_k(size, p, k) for p in passes])) for k in (1, size)},
        kept=1.0 - same,
        all_zero=zero,
        all_one=one,
        constant_answer=answer,
        constant_share=share,
        reasons=_reasons(score, zero, share, _largest_class(groups), rule),
    )


def _reasons(score: float, zero: float, share: float, largest: float, rule: BucketRule) -> tuple[str, ...]:
    reasons = []
    if score < rule.pass_mean_below:
        reasons.append(f"mean score {score:.2f} is below {rule.pass_mean_below:.2f}")
    if zero > rule.all_zero_above:
        reasons.append(f"{zero:.0%} of the groups are all wrong, more than {rule.all_zero_above:.0%}")
    if share > max(rule.constant_above, largest):
        reasons.append(f"one answer for {share:.0%} of the samples, more than {rule.constant_above:.0%}")
    return tuple(reasons)


def _largest_class(groups: Sequence[Sequence[Answer]]) -> float:
    """Share of the most frequent reference: a constant answer is no collapse where the truth is constant."""
    _, share = most_frequent((g[0].example.language, g[0].example.references[0]) for g in groups)
    return share


def diagnosis_json(
    found: Sequence[TaskDiagnosis],
    rule: BucketRule,
    capabilities: Mapping[str, str],
    plan: Mapping[str, Mapping[str, float]],
    after: str,
) -> dict[str, Any]:
    """The content of ``diagnosis.json``; ``plan`` says what the next stage does about each task."""
    return {
        "after": after,
        "rule": rule.model_dump(),
        "tasks": {
            d.task: {
                "capability": capabilities[d.task],
                "score": 100 * d.score,
                "ci95": [100 * bound for bound in d.ci95],
                "n": d.n,
                "unscored": d.unscored,
                "pass_at_k": dict(d.pass_at_k),
                "kept": d.kept,
                "all_zero": d.all_zero,
                "all_one": d.all_one,
                "constant_answer": d.constant_answer,
                "constant_share": d.constant_share,
                "weak": d.weak,
                "reasons": list(d.reasons),
                "plan": dict(plan.get(d.task, {})),
            }
            for d in found
        },
    }
