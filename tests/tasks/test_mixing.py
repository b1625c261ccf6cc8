from collections import Counter
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redone.errors import UserError
from redone.tasks import BuildSettings, build_examples, task_ids
from redone.tasks.mixing import MixSettings, MixState, Mixture, balanced_shares, mix_examples, with_rationales

SIZES = {"large": 10_000, "middle": 900, "small": 40, "rare": 1}


def test_a_floor_keeps_rare_tasks_visible():
    shares = balanced_shares(SIZES, floor=0.05, power=0.5)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert shares["rare"] == shares["small"] == 0.05
    assert shares["large"] / shares["middle"] == pytest.approx((10_000 / 900) ** 0.5)


def test_no_floor_and_full_power_keep_the_proportions():
    shares = balanced_shares(SIZES, floor=0.0, power=1.0)
    assert shares["large"] == pytest.approx(10_000 / sum(SIZES.values()))


@given(st.dictionaries(st.text("abcdef", min_size=1), st.integers(1, 10**6), min_size=1), st.floats(0, 1))
def test_shares_always_add_up(sizes, power):
    floor = 0.5 / len(sizes)
    shares = balanced_shares(sizes, floor=floor, power=power)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert min(shares.values()) >= floor - 1e-12


@pytest.mark.parametrize("stop", [1, 7, 500, 1999])
def test_ratios_are_within_half_a_point_and_the_same_after_a_resume(stop):
    shares = {"a": 0.5718, "b": 0.3, "c": 0.1262, "d": 0.002}
    sources = {name: [f"{name}{i}" for i in range(37)] for name in shares}
    whole = list(islice(Mixture(sources, shares, seed=4), 2000))
    first = Mixture(sources, shares, seed=4)
    begun = list(islice(first, stop))
    second = Mixture(sources, shares, seed=4)
    second.resume(MixState(dict(first.state.given)))
    assert begun + list(islice(second, 2000 - stop)) == whole
    counts = Counter(item[0] for item in whole)
    for name, share in shares.items():
        assert abs(counts[name] / len(whole) - share) < 0.005
    for part in (whole[:400], whole[1600:]):
        assert abs(Counter(item[0] for item in part)["a"] / 400 - 0.5718) < 0.005
    assert len(set(islice(Mixture({"a": sources["a"]}, {"a": 1.0}, seed=4), 37))) == 37


def test_the_share_of_rationales_is_a_setting(platform):
    ids = task_ids("sns", "translation")
    examples = list(build_examples(platform, task_ids=ids, settings=BuildSettings(seed=3, limit_per_task=20)))
    mixture = mix_examples(examples, MixSettings(seed=1, rationale_share=0.5718))
    drawn = list(islice(mixture, 4000))
    assert abs(sum(bool(e.rationale) for e in drawn) / len(drawn) - 0.5718) < 0.005
    plain = {e.task for e in examples if not e.rationale}
    assert plain <= {e.task for e in drawn}


def test_every_task_keeps_its_floor(platform):
    ids = task_ids("sns", "translation")
    examples = list(
        build_examples(platform, task_ids=ids, settings=BuildSettings(seed=3, limit_per_task=200))
    )
    drawn = Counter(e.task for e in islice(mix_examples(examples, MixSettings(seed=1, floor=0.008)), 5000))
    assert set(drawn) == set(ids)
    assert min(drawn.values()) >= 0.008 * 5000 - 1


def test_mistakes_are_told():
    with pytest.raises(UserError, match=r"give at most 0\.2500"):
        balanced_shares(SIZES, floor=0.3)
    with pytest.raises(UserError, match="no examples with a rationale"):
        with_rationales({"a": 1.0}, {"a": False}, 0.5)
    with pytest.raises(UserError, match="'b' has a share and no items"):
        Mixture({"a": [1]}, {"a": 0.5, "b": 0.5}, seed=0)
    with pytest.raises(UserError, match="other sources"):
        Mixture({"a": [1]}, {"a": 1.0}, seed=0).resume(MixState({"b": 1}))
