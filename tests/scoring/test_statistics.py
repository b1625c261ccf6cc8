import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import sem
from scipy.stats import t as scipy_t

from redone.errors import UserError
from redone.scoring.statistics import bootstrap_mean, pass_at_k, t_interval, wilson_interval


def test_bootstrap_agrees_with_theory_and_repeats() -> None:
    values = np.random.default_rng(1).normal(0.6, 0.1, 400).tolist()
    first = bootstrap_mean(values, seed=3)
    half = 1.96 * 0.1 / 20
    assert first == bootstrap_mean(values, seed=3)
    assert first != bootstrap_mean(values, seed=4)
    assert first.high - first.low == pytest.approx(2 * half, rel=0.15)
    assert first.low < first.value < first.high


def test_bootstrap_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    hits = 0
    for trial in range(200):
        interval = bootstrap_mean(rng.binomial(1, 0.3, 100).tolist(), resamples=400, seed=trial)
        hits += interval.low <= 0.3 <= interval.high
    assert 0.89 <= hits / 200 <= 0.99


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_bootstrap_stays_within_the_values(values: list[float]) -> None:
    interval = bootstrap_mean(values, resamples=50)
    assert min(values) - 1e-12 <= interval.low <= interval.high <= max(values) + 1e-12


def test_chunks_do_not_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    values = list(np.linspace(0, 1, 50))
    whole = bootstrap_mean(values, resamples=200)
    monkeypatch.setattr("redone.scoring.statistics._RESAMPLES_AT_ONCE", 500)
    assert bootstrap_mean(values, resamples=200) == whole


def test_t_interval_is_scipys_own() -> None:
    values = [1.3, 0.2, 2.6, 1.9]
    interval = t_interval(values, level=0.9)
    low, high = scipy_t.interval(0.9, 3, loc=np.mean(values), scale=sem(values))
    assert interval == pytest.approx((np.mean(values), low, high), abs=1e-12)
    with pytest.raises(UserError, match="two"):
        t_interval([1.0])


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(0, 10, 0, 0.2775), (10, 10, 0.7225, 1), (50, 100, 0.4038, 0.5962)],
)
def test_wilson_known_values(successes: int, trials: int, low: float, high: float) -> None:
    interval = wilson_interval(successes, trials)
    assert interval.low == pytest.approx(low, abs=1e-4)
    assert interval.high == pytest.approx(high, abs=1e-4)


@given(st.integers(1, 40), st.data())
def test_pass_at_k(samples: int, data: st.DataObject) -> None:
    from math import comb

    correct = data.draw(st.integers(0, samples))
    k = data.draw(st.integers(1, samples))
    assert pass_at_k(samples, correct, k) == pytest.approx(1 - comb(samples - correct, k) / comb(samples, k))
    assert pass_at_k(samples, correct, 1) == pytest.approx(correct / samples)


def test_unknown_values_are_refused() -> None:
    with pytest.raises(UserError, match="finite"):
        bootstrap_mean([0.1, float("nan")])
    with pytest.raises(UserError, match="at least one"):
        bootstrap_mean([])
    with pytest.raises(UserError, match="trial"):
        wilson_interval(0, 0)
    with pytest.raises(UserError, match="pass@3"):
        pass_at_k(2, 1, 3)
