"""The sampler keeps the ratios, shuffles every pass anew, and goes on exactly."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from redone.errors import UserError
from redone.training import NextTokenSettings, TokenSequence
from redone.training.sources import MixtureSampler
from redone.training.supervised import step_plan

KEYS = ["a"] * 5 + ["b"] * 17 + ["c"] * 3
ratios = st.fixed_dictionaries({key: st.floats(0.05, 1.0) for key in "abc"})


@given(ratios, st.integers(1, 400), st.integers(0, 5))
def test_achieved_ratios_match_the_request(weights: dict[str, float], draws: int, seed: int) -> None:
    sampler = MixtureSampler(KEYS, weights, seed)
    drawn = [KEYS[sampler.draw()] for _ in range(draws)]
    for key, weight in weights.items():
        assert abs(drawn.count(key) - draws * weight / sum(weights.values())) < 3


@given(ratios, st.integers(0, 200), st.integers(0, 5))
def test_state_goes_on_exactly(weights: dict[str, float], before: int, seed: int) -> None:
    straight = MixtureSampler(KEYS, weights, seed)
    for _ in range(before):
        straight.draw()
    other = MixtureSampler(KEYS, {"a": 1.0}, seed)
    other.load_state_dict(straight.state_dict())
    assert [other.draw() for _ in range(60)] == [straight.draw() for _ in range(60)]


def test_every_pass_holds_everything_in_another_order() -> None:
    sampler = MixtureSampler(KEYS, None, 3)
    passes = [[sampler.draw() for _ in KEYS] for _ in range(3)]
    assert all(sorted(one) == list(range(len(KEYS))) for one in passes)
    assert len({tuple(one) for one in passes}) == 3


@pytest.mark.parametrize(
    ("weights", "word"),
    [({"x": 1.0}, "'x'"), ({"a": -1.0}, "-1.0"), ({"a": 0.0}, "all mixing"), ({"a": float("nan")}, "nan")],
)
def test_wrong_weights_are_named(weights: dict[str, float], word: str) -> None:
    with pytest.raises(UserError, match=word):
        MixtureSampler(KEYS, weights, 0)


lengths = st.lists(st.integers(2, 40), min_size=1, max_size=60)


@given(lengths, st.integers(1, 3), st.integers(10, 200))
def test_a_plan_draws_all_epochs_in_steps_of_the_asked_size(made: list[int], epochs: int, size: int) -> None:
    sequences = [TokenSequence(ids=(2,) * n, loss_mask=(0,) + (1,) * (n - 1)) for n in made]
    plan = step_plan(sequences, NextTokenSettings(epochs=epochs, tokens_per_step=size))
    drawn = [int(index) for step in plan for index in step]
    for epoch in range(epochs):
        assert sorted(drawn[epoch * len(made) : (epoch + 1) * len(made)]) == list(range(len(made)))
    totals = [sum(made[int(index)] for index in step) for step in plan]
    assert all(total <= size or len(step) == 1 for total, step in zip(totals[:-1], plan[:-1], strict=True))
    # The last step may be a whole step, or one sequence that is longer than a step, and a rest of less than half.
    assert totals[-1] <= max(size, *made) + size / 2
    if len(plan) > 1:
        assert totals[-1] >= size / 2
