"""Dynamic sampling: what is drawn, kept, refilled, reported and refused."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from redone.errors import UserError
from redone.model.completion import Completion
from redone.records import Rollout, Score
from redone.training import DapoSettings, Prompt, PromptPool, RewardError, train_dapo
from redone.training.prompts import PromptDrawer

BASE = DapoSettings(lr=1e-3, steps=3, groups_per_step=4, group_size=4, max_new_tokens=4, oversample=1.5)
Train = Callable[..., tuple[Any, list[dict[str, Any]], list[list[Rollout]], Any]]


@pytest.fixture
def train(kit: SimpleNamespace) -> Train:
    def call(reward: Any = kit.parity_reward, pool: Any = None, sampler: Any = None, **changes: Any) -> Any:
        model, rows, rollouts = kit.make_model(), [], []
        summary = train_dapo(
            model,
            sampler or kit.make_sampler(model),
            pool or kit.make_pool(),
            reward,
            dataclasses.replace(BASE, **changes),
            on_step=rows.append,
            on_rollouts=rollouts.append,
        )
        return summary, rows, rollouts, model

    return call


def constant(value: float | None) -> Callable[[list[Any]], list[Score]]:
    return lambda items: [
        Score(value=value, problem="" if value is not None else "judge down") for _ in items
    ]


def test_a_row_says_what_happened(train: Train) -> None:
    summary, rows, rollouts, _ = train(mini_batches=2)
    assert [row["step"] for row in rows] == [0, 1, 2]
    for row, sampled in zip(rows, rollouts, strict=True):
        assert row["kind"] == "train"
        assert row["updates"] == 2
        assert row["trained"] == 4
        assert row["drawn"] * 4 == len(sampled)
        dropped = sum(row[name] for name in ("all_zero", "all_one", "all_same", "unscored_groups", "masked"))
        assert row["kept"] + dropped == row["drawn"]
        assert sum(counts["kept"] for counts in row["tasks"].values()) == row["kept"]
        assert row["reward_raw"] == pytest.approx(sum(r.raw or 0.0 for r in sampled) / len(sampled))
        assert row["length"] == pytest.approx(sum(len(r.answer_ids) for r in sampled) / len(sampled))
        assert row["entropy"] > 0
        assert row["seconds"] > 0
    assert (summary.steps, summary.updates) == (3, 6)
    assert summary.prompts == sum(row["drawn"] for row in rows)
    assert sum(counts["kept"] for counts in summary.tasks.values()) == sum(row["kept"] for row in rows)


def test_later_mini_batches_meet_the_clip(train: Train) -> None:
    """The first update of a rollout is on-policy; a large step before the second drives ratios out of bounds."""
    _, rows, _, _ = train(lr=0.05, mini_batches=2)
    assert any(row["clip_share"] > 0 for row in rows)
    _, rows, _, _ = train(lr=0.05, mini_batches=1, oversample=1.0)
    assert all(row["logprob_drift"] < 1e-5 for row in rows[:1])


@pytest.mark.parametrize(("value", "name"), [(0.0, "all_zero"), (1.0, "all_one"), (0.5, "all_same")])
def test_a_step_of_dead_groups_ends_with_a_diagnosis(
    train: Train, kit: SimpleNamespace, value: float, name: str
) -> None:
    summary, rows, _, model = train(constant(value), overlong_buffer=3)
    assert len(rows) == 3
    for row in rows:
        assert row["loss"] is None
        assert row["trained"] == 0
        assert row["rounds"] == BASE.max_rounds
        assert row[name] == row["drawn"] == 6 * BASE.max_rounds
        assert f"{row[name]} with" in row["diagnosis"]
    assert summary.updates == 0
    assert len(summary.notes) == 3
    before = kit.weights(kit.make_model())
    assert all(torch.equal(before[key], value) for key, value in kit.weights(model).items())


def test_a_spent_budget_trains_the_smaller_batch(train: Train) -> None:
    def rare(items: list[tuple[Any, str, bool]]) -> list[Score]:
        """Only the first group of a round differs within itself."""
        return [Score(value=float(number == 0)) for number in range(len(items))]

    _, rows, _, _ = train(rare)
    for row in rows:
        assert row["rounds"] == BASE.max_rounds
        assert row["trained"] == row["kept"] == BASE.max_rounds
        assert row["loss"] is not None


def test_surplus_groups_open_the_next_step(train: Train) -> None:
    def alternating(items: list[Any]) -> list[Score]:
        return [Score(value=float(number % 2)) for number in range(len(items))]

    _, rows, _, _ = train(alternating, steps=3)
    assert [row["kept"] for row in rows] == [6, 3, 5]
    assert [row["trained"] for row in rows] == [4, 4, 4]


def test_masking_every_cut_answer_is_reported(train: Train) -> None:
    class NeverDone:
        def generate(self, prompts: Any, settings: Any, seed: int) -> list[list[Completion]]:
            cut = Completion((2,) * settings.max_new_tokens, (-1.0,) * settings.max_new_tokens, "length")
            return [[cut] * settings.group_size for _ in prompts]

    def by_place(items: list[Any]) -> list[Score]:
        return [Score(value=float(number % 2)) for number in range(len(items))]

    summary, rows, _, _ = train(by_place, sampler=NeverDone(), mask_truncated=True)
    for row in rows:
        assert row["truncated"] == 1.0
        assert row["masked"] == row["drawn"]
        assert "cut at max_new_tokens = 4" in row["diagnosis"]
    assert summary.updates == 0


def test_unscored_answers_are_counted_and_too_many_stop_the_run(train: Train, kit: SimpleNamespace) -> None:
    def flaky(share: int) -> Callable[[list[Any]], list[Score]]:
        def reward(items: list[Any]) -> list[Score]:
            good = kit.parity_reward(items)
            return [
                Score(value=None, problem="judge down") if number % share == 0 else score
                for number, score in enumerate(good)
            ]

        return reward

    _, rows, rollouts, _ = train(flaky(8))
    assert rows[0]["unscored"] == pytest.approx(1 / 8, abs=0.02)
    assert any(r.raw is None and r.shaped is None and r.problem for r in rollouts[0])
    with pytest.raises(RewardError, match=r"max_unscored = 20%.*judge down"):
        train(flaky(2))


@pytest.mark.parametrize(
    ("reward", "word"),
    [
        (lambda items: [Score(value=1.0)] * 3, "3 scores for 24 answers"),
        (lambda items: [1.0] * len(items), "1.0 for an answer to .* e"),
        (
            lambda items: [Score(value=1.0 / (i - 2)) for i in range(len(items))],
            "ZeroDivisionError|AssertionError",
        ),
    ],
)
def test_a_broken_reward_is_a_typed_error(train: Train, reward: Any, word: str) -> None:
    with pytest.raises(RewardError, match=word):
        train(reward)


def test_the_reward_sees_payload_text_and_whether_it_ended(train: Train) -> None:
    seen: list[tuple[Any, str, bool]] = []

    def spy(items: list[tuple[Any, str, bool]]) -> list[Score]:
        seen.extend(items)
        return [Score(value=0.0) for _ in items]

    _, _, rollouts, _ = train(spy, steps=1)
    assert [(text, done) for _, text, done in seen] == [(r.text, r.finish == "stop") for r in rollouts[0]]
    assert all(isinstance(payload, str) for payload, _, _ in seen)


def kept_by_task(kit: SimpleNamespace, balance: bool) -> dict[str, int]:
    """Task "hard" keeps a quarter of its groups, "easy" all of them."""
    pool = kit.make_pool(40, tasks=("easy", "hard"))
    drawer = PromptDrawer(pool, dataclasses.replace(BASE, balance=balance))
    kept, hard = {"easy": 0, "hard": 0}, 0
    for _ in range(30):
        drawn = {"easy": 0, "hard": 0}
        fresh = {"easy": 0, "hard": 0}
        for prompt in drawer.draw(20):
            drawn[prompt.task] += 1
            hard += prompt.task == "hard"
            fresh[prompt.task] += prompt.task == "easy" or hard % 4 == 0
        drawer.learn(fresh, drawn)
        for task in kept:
            kept[task] += fresh[task]
    return kept


def test_balance_evens_out_what_is_kept(kit: SimpleNamespace) -> None:
    plain, balanced = kept_by_task(kit, False), kept_by_task(kit, True)
    assert plain["hard"] < 0.3 * plain["easy"]
    assert balanced["hard"] > 0.8 * balanced["easy"]


def test_source_weights_are_shares_of_the_draws(kit: SimpleNamespace) -> None:
    pool = kit.make_pool(40, tasks=("copy", "first", "general"))
    settings = dataclasses.replace(BASE, source_weights={"sns": 0.75, "general": 0.25})
    drawn = [prompt.task for prompt in PromptDrawer(pool, settings).draw(200)]
    assert drawn.count("general") == pytest.approx(50, abs=2)
    assert drawn.count("copy") == pytest.approx(75, abs=2)
    with pytest.raises(UserError, match="'sms'"):
        PromptDrawer(pool, dataclasses.replace(BASE, source_weights={"sms": 1.0}))


def test_a_pool_without_sense_is_refused(kit: SimpleNamespace) -> None:
    prompt = Prompt(example_id="e", task="t", source="s", prompt_ids=(2,))
    with pytest.raises(UserError, match="empty"):
        PromptPool([], decode=kit.decode)
    with pytest.raises(UserError, match="twice"):
        PromptPool([prompt, prompt], decode=kit.decode)
    other = dataclasses.replace(prompt, example_id="f", source="other")
    with pytest.raises(UserError, match="in the sources"):
        PromptPool([prompt, other], decode=kit.decode)


@pytest.mark.parametrize(
    "changes", [{"group_size": 1}, {"oversample": 0.5}, {"overlong_buffer": 9}, {"lr": 0.0}, {"std": "none"}]
)
def test_wrong_settings_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=next(iter(changes))):
        dataclasses.replace(BASE, **changes)
