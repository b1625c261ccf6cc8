from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redone.errors import UserError
from redone.experiment import Design, Goal, assign, bucket_of, check_layer
from redone.experiment.assignment import hash_of
from redone.experiment.statistics.counts import sample_ratio

GOALS = (Goal(metric="click_page_rate"),)


def plan(**changes):
    return Design(**({"name": "one", "goals": GOALS} | changes))


def test_the_arm_is_the_same_in_every_process_and_version():
    # Written down once: if one of these changes, running experiments would be dealt anew.
    assert hash_of("s", "user-1") == 17338344609204088520
    assert [assign(plan(), f"user-{n}")[0] for n in range(6)] == ["t", "c", "c", "t", "c", "t"]
    assert bucket_of("default", "user-1") == 4977


@given(st.text(min_size=1, max_size=40))
def test_any_text_is_a_unit(unit):
    assert assign(plan(), unit) in {"control", "treatment"}
    assert 0 <= bucket_of("x", unit) < 10_000


def test_nobody_without_an_id_is_assigned():
    with pytest.raises(UserError, match="unit is empty"):
        assign(plan(), "")


def test_arms_get_their_weights():
    design = plan(arms={"control": 3, "a": 1, "b": 1})
    counts = Counter(assign(design, f"u{n}") for n in range(30_000))
    assert sample_ratio([counts[arm] for arm in design.arms], [3, 1, 1]).p_value > 0.001


def test_buckets_bound_an_experiment_and_layers_share_units():
    small = plan(buckets=(0, 2500))
    inside = [f"u{n}" for n in range(20_000) if assign(small, f"u{n}")]
    assert 0.23 < len(inside) / 20_000 < 0.27
    other = plan(name="two", layer="other")
    table = Counter((assign(plan(), unit), assign(other, unit)) for unit in map(str, range(20_000)))
    assert max(table.values()) / min(table.values()) < 1.1


def test_another_salt_deals_anew():
    pairs = Counter(assign(plan(), str(n)) == assign(plan(salt="2"), str(n)) for n in range(10_000))
    assert 0.47 < pairs[True] / 10_000 < 0.53


def test_experiments_of_a_layer_may_not_share_buckets():
    check_layer([plan(buckets=(0, 5000)), plan(name="two", buckets=(5000, 10_000))])
    check_layer([plan(), plan(name="two", layer="other")])
    with pytest.raises(UserError, match="bucket 4000 of layer 'default'"):
        check_layer([plan(buckets=(0, 5000)), plan(name="two", buckets=(4000, 10_000))])
