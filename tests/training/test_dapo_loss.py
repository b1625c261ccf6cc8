"""The clip, the advantages and the verdict on groups, by hand-made numbers."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from redone.model.completion import Completion
from redone.records import Score
from redone.training.groups import judge, spread
from redone.training.objectives.dapo import clipped_surrogate, group_advantages
from redone.training.settings import DapoSettings


def surrogate(ratio: float, advantage: float) -> tuple[float, float, bool]:
    """Value, gradient by the log-probability, and whether the clip took hold."""
    logprob = torch.tensor([math.log(ratio)], requires_grad=True)
    value, clipped = clipped_surrogate(
        logprob, torch.zeros(1), torch.tensor([advantage]), clip_low=0.2, clip_high=0.28
    )
    (gradient,) = torch.autograd.grad(value.sum(), logprob)
    return float(value.detach()), float(gradient), bool(clipped)


def test_the_upper_bound_is_higher_than_the_lower_is_low() -> None:
    assert surrogate(1.27, 1.0) == (pytest.approx(1.27), pytest.approx(1.27), False)
    assert surrogate(1.29, 1.0) == (pytest.approx(1.28), 0.0, True)
    assert surrogate(0.81, -1.0) == (pytest.approx(-0.81), pytest.approx(-0.81), False)
    assert surrogate(0.79, -1.0) == (pytest.approx(-0.8), 0.0, True)


def test_the_clip_never_stops_a_correction() -> None:
    """A token that moved the wrong way keeps its gradient however far it went."""
    assert surrogate(2.0, -1.0) == (pytest.approx(-2.0), pytest.approx(-2.0), False)
    assert surrogate(0.3, 1.0) == (pytest.approx(0.3), pytest.approx(0.3), False)


def test_advantages_leave_unknown_rewards_out_of_the_baseline() -> None:
    with_unknown = group_advantages([1.0, None, 0.0, 0.0])
    without = group_advantages([1.0, 0.0, 0.0])
    assert with_unknown[1] is None
    assert [value for value in with_unknown if value is not None] == without
    assert sum(value for value in without if value is not None) == pytest.approx(0.0)


@pytest.mark.parametrize(("kind", "unbiased"), [("sample", True), ("population", False)])
def test_both_deviations(kind: Any, unbiased: bool) -> None:
    rewards = [0.1, 0.9, 0.4, 0.4]
    values = torch.tensor(rewards, dtype=torch.float64)
    expected = (values - values.mean()) / (values.std(unbiased=unbiased) + 1e-4)
    assert group_advantages(rewards, std=kind) == pytest.approx(expected.tolist())


def verdict(
    kit: SimpleNamespace,
    raw: list[float | None],
    lengths: list[int],
    *,
    cut: set[int] = frozenset(),
    **rest: Any,
) -> Any:
    settings = DapoSettings(group_size=4, max_new_tokens=8, overlong_buffer=4, **rest)
    answers = [
        Completion((2,) * length, (-1.0,) * length, "length" if number in cut else "stop")
        for number, length in enumerate(lengths)
    ]
    scores = [Score(value=value, problem="" if value is not None else "down") for value in raw]
    return judge(kit.make_pool(1)[0], answers, scores, settings)


def test_an_all_wrong_group_of_different_lengths_is_dropped(kit: SimpleNamespace) -> None:
    made = verdict(kit, [0.0] * 4, [2, 6, 7, 8])
    assert len(set(made.shaped)) > 1
    assert made.fate == "all_zero"
    assert made.group is None


def test_kept_groups_are_optimised_on_the_shaped_reward(kit: SimpleNamespace) -> None:
    made = verdict(kit, [1.0, 1.0, 0.0, 0.0], [2, 8, 2, 2])
    assert made.shaped == [1.0, 0.0, 0.0, 0.0]
    assert made.fate == "kept"
    assert made.advantages[1] == made.advantages[2]


@pytest.mark.parametrize(
    ("raw", "fate"),
    [
        ([1.0] * 4, "all_one"),
        ([0.5] * 4, "all_same"),
        ([None, None, None, 1.0], "unscored"),
        ([None, 0.0, 0.0, 0.0], "all_zero"),
        ([None, 0.0, 1.0, 0.0], "kept"),
    ],
)
def test_fates(kit: SimpleNamespace, raw: list[float | None], fate: str) -> None:
    assert verdict(kit, raw, [2] * 4).fate == fate


def test_a_task_may_ask_for_more_spread(kit: SimpleNamespace) -> None:
    raw: list[float | None] = [0.50, 0.52, 0.51, 0.50]
    assert verdict(kit, raw, [2] * 4).fate == "kept"
    assert verdict(kit, raw, [2] * 4, task_tolerance={"copy": 0.05}).fate == "all_same"


def test_unscored_answers_are_not_trained_on(kit: SimpleNamespace) -> None:
    made = verdict(kit, [None, 0.0, 1.0, 0.0], [5, 2, 2, 2])
    assert made.group.tokens == 6


def test_masked_answers_stay_in_the_baseline_only(kit: SimpleNamespace) -> None:
    made = verdict(kit, [0.0, 1.0, 1.0, 0.0], [8, 2, 2, 2], cut={0}, mask_truncated=True)
    assert made.advantages[0] is None
    assert made.group.tokens == 6
    everything = verdict(kit, [0.0, 1.0, 1.0, 0.0], [8] * 4, cut={0, 1, 2, 3}, mask_truncated=True)
    assert everything.fate == "masked"


def test_groups_are_spread_over_tasks_and_none_is_lost(kit: SimpleNamespace) -> None:
    import dataclasses

    groups = [dataclasses.replace(kit.make_group(n), task="a" if n < 7 else "b") for n in range(9)]
    chosen, rest = spread(groups, 4, {"a": 1.0, "b": 1.0})
    assert sorted(group.task for group in chosen) == ["a", "a", "b", "b"]
    assert sorted(g.example_id for g in [*chosen, *rest]) == sorted(g.example_id for g in groups)
    few, none = spread(groups[:2], 4, {"a": 1.0})
    assert (len(few), none) == (2, [])
