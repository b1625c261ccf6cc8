import pytest

from redone.experiment.statistics.holm import holm
from redone.experiment.trials import METRICS, TrialSettings, false_positives, run_trials


def test_the_same_settings_give_the_same_trials():
    settings = TrialSettings(trials=4, units=200, days=3)
    assert (run_trials(settings).sequential == run_trials(settings).sequential).all()


@pytest.mark.parametrize("cuped", [True, False])
def test_false_positives_stay_below_alpha_under_daily_peeking(cuped):
    trials = run_trials(TrialSettings(trials=150, units=300, days=8, cuped=cuped, seed=5))
    counts = false_positives(trials, 0.05)
    assert max(counts["daily_sequence"].values()) <= 0.05 * 150
    assert counts["daily_uncorrected"]["click_rate"] > 0.1 * 150, "peeking is what breaks the plain test"


def test_a_planted_effect_is_found():
    trials = run_trials(TrialSettings(trials=40, units=3000, days=6, lift=0.25, planned=0.25, seed=2))
    found = (holm(trials.always_valid()[:, -1]) <= 0.05).mean(axis=0)
    assert found[METRICS.index("click_rate")] > 0.9
    assert (trials.difference[:, -1, 0] > 0).all()


@pytest.mark.slow
def test_two_thousand_a_a_experiments_under_daily_peeking():
    for cuped in (True, False):
        trials = run_trials(TrialSettings(trials=2000, cuped=cuped))
        assert max(false_positives(trials, 0.05)["daily_sequence"].values()) <= 0.05 * 2000
