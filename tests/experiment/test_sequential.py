import numpy as np
import pytest

from redone.experiment.statistics.power import multiple
from redone.experiment.statistics.sequential import (
    boundary,
    half_width,
    mixing_for,
    p_value,
    required_information,
)


@pytest.mark.parametrize("alpha", [0.001, 0.01, 0.05, 0.2])
def test_the_interval_and_the_p_value_agree(alpha):
    variance = np.array([1.0, 0.1, 0.003])
    half = half_width(variance, 40.0, alpha)
    assert p_value(half, variance, 40.0) == pytest.approx(alpha)
    assert (p_value(half * 1.01, variance, 40.0) < alpha).all()


def test_the_sequence_is_narrowest_at_the_planned_information():
    mixing = mixing_for(0.1, 0.05, 0.8)
    planned = 1 / required_information(0.1, 0.05, 0.8)
    widths = [float(half_width(np.array(planned), m, 0.05)) for m in (mixing * 0.7, mixing, mixing * 1.4)]
    assert widths[1] == min(widths)
    assert widths[1] / np.sqrt(planned) == pytest.approx(boundary(0.05))


def test_looking_daily_costs_less_than_twice_the_units():
    assert 1.5 < (multiple(0.05, 0.8, "daily") / multiple(0.05, 0.8, "once")) ** 2 < 2.0


def test_before_any_data_nothing_is_known():
    assert np.isnan(half_width(np.array(np.nan), 1.0, 0.05))
    assert float(p_value(np.array(0.3), np.array(1e12), 1.0)) == pytest.approx(1.0)


def test_a_brownian_motion_leaves_the_sequence_rarely():
    """A motion looked at 2,000 times: the bound holds over all looks together."""
    rng = np.random.default_rng(0)
    information = np.geomspace(1, 1e4, 2000)
    steps = np.diff(information, prepend=0)
    path = np.cumsum(rng.normal(0, np.sqrt(steps), (1000, 2000)), axis=1)
    p = p_value(path / information, 1 / information, 30.0)
    assert 0.005 < (p.min(axis=1) <= 0.05).mean() <= 0.05
