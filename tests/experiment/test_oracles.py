"""Our statistics against statsmodels and scipy, to 1e-9, where they have the same test."""

import numpy as np
import pytest
from scipy.stats import chisquare

from redone.experiment.statistics.contrast import contrast, welch
from redone.experiment.statistics.counts import sample_ratio, two_proportions
from redone.experiment.statistics.holm import holm
from redone.experiment.statistics.moments import moments, unit_vectors
from redone.experiment.statistics.power import multiple, units_needed

sm = pytest.importorskip("statsmodels.api")
from statsmodels.stats.multitest import multipletests  # noqa: E402
from statsmodels.stats.power import NormalIndPower  # noqa: E402
from statsmodels.stats.proportion import proportions_ztest  # noqa: E402
from statsmodels.stats.weightstats import ttest_ind  # noqa: E402

NEAR = {"rel": 1e-9, "abs": 1e-12}


@pytest.mark.parametrize(
    ("hits", "trials"), [((30, 45), (300, 310)), ((1, 9), (1000, 50)), ((7, 7), (20, 20))]
)
def test_two_proportions(hits, trials):
    z, p = proportions_ztest(hits, trials)
    ours = two_proportions(hits, trials)
    assert ours.statistic == pytest.approx(-z, **NEAR)
    assert ours.p_value == pytest.approx(p, **NEAR)


def test_welch_t_for_a_plain_mean():
    rng = np.random.default_rng(1)
    a, b = rng.normal(3, 1, 40), rng.gamma(2, 2, 70)
    t, p, freedom = ttest_ind(b, a, usevar="unequal")
    result = contrast(moments(unit_vectors(a)), moments(unit_vectors(b)), cuped=False)
    ours, _ = welch(result, 0.05)
    assert float(result.difference / np.sqrt(result.variance)) == pytest.approx(t, **NEAR)
    assert float(ours) == pytest.approx(p, **NEAR)
    assert float(result.freedom) == pytest.approx(freedom, **NEAR)


def test_the_delta_method_is_the_cluster_robust_regression_on_rows():
    rng = np.random.default_rng(2)
    rows = rng.poisson(4, 300) + 1
    clicks = rng.binomial(rows, rng.beta(2, 6, 300))
    arm = np.arange(300) % 2
    unit = np.repeat(np.arange(300), rows)
    hit = np.concatenate([np.r_[np.ones(c), np.zeros(r - c)] for c, r in zip(clicks, rows, strict=True)])
    model = sm.OLS(hit, sm.add_constant(arm[unit].astype(float)))
    fit = model.fit(cov_type="cluster", cov_kwds={"groups": unit, "use_correction": False})
    sides = [moments(unit_vectors(clicks[arm == side], rows[arm == side])) for side in (0, 1)]
    ours = contrast(*sides, cuped=False)
    # statsmodels divides by n, we by n - 1; both arms have 150 units.
    assert float(ours.difference) == pytest.approx(fit.params[1], **NEAR)
    assert float(np.sqrt(ours.variance * 149 / 150)) == pytest.approx(fit.bse[1], **NEAR)


def test_cuped_is_the_analysis_of_covariance():
    rng = np.random.default_rng(3)
    before = rng.gamma(2, 1, 200)
    after = 0.8 * before + rng.normal(0, 1, 200)
    arm = (rng.random(200) < 0.4).astype(float)
    fit = sm.OLS(after, np.column_stack([np.ones(200), arm, before])).fit()
    sides = [moments(unit_vectors(after[arm == side], before=before[arm == side])) for side in (0, 1)]
    ours = contrast(*sides, cuped=True)
    assert float(ours.difference) == pytest.approx(fit.params[1], **NEAR)
    assert ours.variance < 0.6 * contrast(*sides, cuped=False).variance


@pytest.mark.parametrize("p", [[0.01, 0.04, 0.03], [0.5], [0.2, 0.001, 0.001, 1.0, 0.03]])
def test_holm(p):
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], **NEAR)


def test_a_missing_p_value_stays_missing_and_still_counts():
    ours = holm([0.01, np.nan, 0.04])
    assert np.isnan(ours[1])
    assert ours[[0, 2]] == pytest.approx(multipletests([0.01, 1.0, 0.04], method="holm")[1][[0, 2]], **NEAR)


def test_units_needed_have_the_power():
    units = units_needed(0.1, (1.0, 1.0), (0.5, 0.5), multiple(0.05, 0.8, "once"))
    assert NormalIndPower().power(0.1, units / 2, 0.05) == pytest.approx(0.8, **NEAR)


def test_sample_ratio():
    theirs = chisquare([510, 240, 250], [500, 250, 250])
    ours = sample_ratio([510, 240, 250], [2, 1, 1])
    assert (ours.statistic, ours.p_value) == pytest.approx((theirs.statistic, theirs.pvalue), **NEAR)
