"""The mixture search on made losses: caps hold, the fit finds a known optimum, noise is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from redone.corpus.mixture import (
    KINDS,
    Measured,
    best_mixture,
    capped,
    dirichlet_mixtures,
    fit_regression,
    rank_correlation,
    repetition_limits,
    search_mixture,
)
from redone.errors import UserError

EVEN = np.full(5, 0.2)
FREE = np.ones(5)
USE = np.array([0.5, 0.3, 0.15, 0.05, 0.0])
"""How much the target gains of a source; the best mixture gives more to what is of more use."""


def made_loss(mixtures: np.ndarray) -> np.ndarray:
    return 3.0 - (USE * np.log(mixtures + 0.02)).sum(axis=1)


def measured(count: int, seed: int, noise: float = 0.0) -> Measured:
    mixtures = dirichlet_mixtures(EVEN, FREE, count=count, seed=seed)
    losses = made_loss(mixtures) + np.random.default_rng(seed).normal(0, noise, count)
    return Measured(mixtures=mixtures, losses=losses)


weights = st.lists(st.floats(0.001, 1), min_size=2, max_size=8)


@given(weights, st.data())
def test_a_cap_holds_and_keeps_the_ratio_of_the_rest(raw: list[float], data: st.DataObject) -> None:
    limits = np.array(data.draw(st.lists(st.floats(0.02, 1), min_size=len(raw), max_size=len(raw))))
    limits = np.minimum(1.0, limits * max(1.0, 1.001 / limits.sum()))
    if limits.sum() < 1:
        return
    made = capped(np.array(raw), limits)
    assert made.sum() == pytest.approx(1)
    assert (made <= limits + 1e-9).all()
    free = made < limits - 1e-6
    ratios = made[free] / np.array(raw)[free]
    assert ratios == pytest.approx(ratios.mean() if len(ratios) else 0, rel=1e-6)


def test_a_source_is_repeated_at_most_so_often() -> None:
    limits = repetition_limits(np.array([10.0, 100.0, 1000.0]), 1000, 4)
    assert limits.tolist() == [0.04, 0.4, 1.0]
    with pytest.raises(UserError, match=r"1000 tokens are asked for, but the sources hold 110 .* 4 times"):
        repetition_limits(np.array([10.0, 100.0]), 1000, 4)


@given(st.integers(2, 9), st.integers(0, 5))
def test_candidates_are_mixtures_within_the_limits(sources: int, seed: int) -> None:
    limits = np.full(sources, 1.0)
    limits[0] = 0.05
    made = dirichlet_mixtures(np.full(sources, 1 / sources), limits, count=40, seed=seed)
    assert made.sum(axis=1) == pytest.approx(np.ones(40))
    assert made.min() > 0
    assert made[:, 0].max() <= 0.05 + 1e-9
    assert (made == dirichlet_mixtures(np.full(sources, 1 / sources), limits, count=40, seed=seed)).all()


@given(st.lists(st.integers(0, 6), min_size=3, max_size=12), st.randoms())
def test_rank_correlation_is_spearman_s(first: list[int], rng: object) -> None:
    second = first[:]
    rng.shuffle(second)  # type: ignore[attr-defined]
    if len(set(first)) < 2:
        assert rank_correlation(np.array(first, float), np.array(second, float)) == 0.0
        return
    expected = spearmanr(first, second).statistic
    assert rank_correlation(np.array(first, float), np.array(second, float)) == pytest.approx(expected)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_learns_which_source_is_of_use(kind: str) -> None:
    if kind == "lightgbm":
        pytest.importorskip("lightgbm")
    seen, new = measured(64, 1), measured(24, 2)
    fit = fit_regression(kind, seen.mixtures, seen.losses)
    assert rank_correlation(fit.predict(new.mixtures), new.losses) > (0.95 if kind == "log" else 0.5)


def test_the_best_predicted_mixture_is_better_than_the_even_one() -> None:
    found = search_mixture(
        measured(24, 3, 0.02), measured(8, 4, 0.02), EVEN, FREE, kind="log", min_correlation=0.5, seed=5
    )
    assert found.accepted
    assert found.weights.sum() == pytest.approx(1)
    assert made_loss(found.weights[None])[0] < made_loss(EVEN[None])[0] - 0.1
    assert found.weights[0] > found.weights[2] > found.weights[4]
    assert found.predicted < found.predicted_prior


@settings(max_examples=10)
@given(st.integers(0, 50))
def test_caps_bind_the_answer(seed: int) -> None:
    limits = np.array([0.25, 1, 1, 1, 1])
    seen = measured(24, seed)
    found = best_mixture(fit_regression("log", seen.mixtures, seen.losses), EVEN, limits, seed=seed)
    assert found[0] <= 0.25 + 1e-9


def test_a_fit_to_noise_is_refused_and_the_prior_stays() -> None:
    refused = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        parts = [
            Measured(
                mixtures=dirichlet_mixtures(EVEN, FREE, count=n, seed=seed + n), losses=rng.normal(0, 1, n)
            )
            for n in (24, 10)
        ]
        found = search_mixture(*parts, EVEN, FREE, kind="log", min_correlation=0.6, seed=0)
        refused += not found.accepted
        if not found.accepted:
            assert found.weights.tolist() == EVEN.tolist()
    assert refused >= 18


def test_what_cannot_be_fitted_is_refused() -> None:
    with pytest.raises(UserError, match="choose from log, linear, lightgbm"):
        fit_regression("spline", np.ones((9, 2)), np.ones(9))
    with pytest.raises(UserError, match="from 3 mixtures"):
        fit_regression("log", np.ones((3, 2)), np.ones(3))
    assert rank_correlation(np.ones(5), np.arange(5.0)) == 0.0
