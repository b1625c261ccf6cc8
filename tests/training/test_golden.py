"""Loss trajectories as they were when last looked at: whoever changes the arithmetic must mean to.

To renew the file after a change that is meant: delete it and run this test.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from redone.records import Score
from redone.training import (
    DapoSettings,
    DpoSettings,
    NextTokenSettings,
    train_dapo,
    train_next_token,
    train_preference,
)

GOLDEN = Path(__file__).with_name("golden_losses.json")


def low_first(items: list[tuple[object, str, bool]]) -> list[Score]:
    """Right when the first token is from the lower part of the vocabulary: easy to learn, not at once."""
    return [Score(value=float(int((text.split() or ["99"])[0]) < 12)) for _, text, _ in items]


def trajectories(kit: SimpleNamespace) -> dict[str, list[float]]:
    made: dict[str, list[float]] = {}
    rows: list[dict[str, float]] = []
    supervised = NextTokenSettings(
        lr=3e-3, epochs=3, tokens_per_step=96, schedule="cosine", warmup_steps=2, weight_decay=0.1
    )
    train_next_token(kit.make_model(), kit.make_sequences(30), supervised, on_step=rows.append)
    made["next_token"] = [row["loss"] for row in rows]
    rows = []
    model = kit.make_model()
    policy = DapoSettings(
        lr=1e-2,
        steps=14,
        groups_per_step=6,
        group_size=4,
        mini_batches=2,
        max_new_tokens=5,
        overlong_buffer=2,
    )
    train_dapo(model, kit.make_sampler(model), kit.make_pool(), low_first, policy, on_step=rows.append)
    made["dapo"] = [row["loss"] for row in rows]
    made["dapo_reward"] = [row["reward_raw"] for row in rows]
    rows = []
    preference = DpoSettings(
        lr=1e-3, epochs=3, pairs_per_step=8, label_smoothing=0.05, next_token_weight=0.1, schedule="linear"
    )
    train_preference(kit.make_model(), kit.make_pairs(32), preference, on_step=rows.append)
    made["dpo"] = [row["loss"] for row in rows]
    made["dpo_margin"] = [row["margin"] for row in rows]
    return made


def test_trajectories_are_the_stored_ones(kit: SimpleNamespace) -> None:
    now = trajectories(kit)
    if not GOLDEN.exists():
        GOLDEN.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
        pytest.fail(f"{GOLDEN.name} was absent and has been written; look at it and commit it")
    stored = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert now.keys() == stored.keys()
    for name, values in stored.items():
        assert now[name] == pytest.approx(values, rel=1e-3, abs=1e-4), name


def test_every_objective_learns(kit: SimpleNamespace) -> None:
    stored = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert sum(stored["next_token"][-3:]) < 0.98 * sum(stored["next_token"][:3])
    assert sum(stored["dapo_reward"][-3:]) > 1.5 * sum(stored["dapo_reward"][:3])
    assert stored["dpo_margin"][0] == pytest.approx(0.0, abs=1e-5)
    assert min(stored["dpo_margin"][-3:]) > 0.15
