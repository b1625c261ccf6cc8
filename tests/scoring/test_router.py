"""Routing, and what happens to a reward that misbehaves (faults 12 and 13)."""

from collections.abc import Sequence
from typing import Any

import pytest

from redone.errors import UserError
from redone.records import Example, Score
from redone.scoring import RewardError, RewardRouter, RewardSpec, check_spec
from redone.scoring import metrics as metrics_package
from redone.scoring.rewards import RewardItem

EXACT = RewardSpec(kind="exact")


class Returning:
    """A reward that returns what it was told to, whatever it is asked."""

    def __init__(self, *results: Any) -> None:
        self.results = results
        self.calls = 0

    def score_many(self, items: Sequence[RewardItem]) -> Any:
        self.calls += 1
        return list(self.results)


class Raising:
    def score_many(self, items: Sequence[RewardItem]) -> Any:
        raise ZeroDivisionError("in the reward")


def unchecked(value: Any, **components: Any) -> Score:
    """A score as a reward could return it where assertions are switched off."""
    score = Score(value=0.0)
    object.__setattr__(score, "value", value)
    object.__setattr__(score, "components", components)
    return score


def test_every_kind_reaches_its_reward_in_order(make_example: Any) -> None:
    rules = {"rules": [{"rule": "upper"}]}
    items = [
        (EXACT, "Yes.", make_example("yes", "yep")),
        (RewardSpec(kind="metric", metric="set_f1"), "a, b", make_example("a")),
        (RewardSpec(kind="pattern", params=rules), "LOUD", make_example()),
        (EXACT, "no", make_example("yes")),
        (EXACT, None, make_example("yes")),
        (RewardSpec(kind="sandbox"), "1", make_example(inputs=[1], outputs=[1], variable="x")),
    ]
    scores = RewardRouter().score_many(items)
    assert [score.value for score in scores] == [1.0, pytest.approx(2 / 3), 1.0, 0.0, 0.0, None]
    assert scores[0].components == {"exact": 1.0}
    assert scores[4].components == {"parsed": 0.0}
    assert "no sandbox" in scores[5].problem
    assert [RewardRouter().score(*item) for item in items] == scores


def test_a_translation_shows_its_parts(make_example: Any) -> None:
    spec = RewardSpec(kind="metric", metric="translation")
    score = RewardRouter().score(spec, "a lovely day", make_example("a lovely day out"))
    assert score.value == pytest.approx((score.components["bleu"] + score.components["chrf"]) / 2)


def test_a_batch_is_one_call_of_its_reward(make_example: Any) -> None:
    reward = Returning(Score(value=0.5), Score(value=None, problem="judge is down"))
    router = RewardRouter(rewards={"exact": reward})
    scores = router.score_many([(EXACT, "a", make_example("a")), (EXACT, "b", make_example("a"))])
    assert [score.value for score in scores] == [0.5, None]
    assert reward.calls == 1


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (unchecked(float("nan")), "nan"),
        (unchecked(float("inf")), "inf"),
        (unchecked(1.5), "outside 0..1"),
        (unchecked(-0.2), "outside 0..1"),
        (unchecked("0.5"), "not a number"),
        (unchecked(True), "not a number"),
        (unchecked(None), "without saying why"),
        (unchecked(0.5, part=float("nan")), "component 'part'"),
        (unchecked(0.5, part="high"), "component 'part'"),
        (0.5, "no score"),
        (None, "no score"),
    ],
)
def test_what_is_no_score_is_a_named_error(result: Any, reason: str, make_example: Any) -> None:
    router = RewardRouter(rewards={"exact": Returning(result)})
    with pytest.raises(RewardError, match=reason) as caught:
        router.score(EXACT, "a", make_example("a", name="note-12"))
    assert caught.value.reward == "exact"
    assert caught.value.sample == "note-12"
    assert "'note-12'" in str(caught.value)


def test_a_wrong_number_of_scores_is_a_named_error(make_example: Any) -> None:
    router = RewardRouter(rewards={"exact": Returning(Score(value=1.0), Score(value=1.0))})
    with pytest.raises(RewardError, match="2 scores for 1 answers"):
        router.score(EXACT, "a", make_example("a"))


def test_a_raising_reward_is_a_named_error(make_example: Any) -> None:
    with pytest.raises(RewardError, match="'exact' on sample 'n1': raised ZeroDivisionError"):
        RewardRouter(rewards={"exact": Raising()}).score(EXACT, "a", make_example("a", name="n1"))


@pytest.mark.parametrize("value", [float("nan"), 2.0, "0.5", None, [1.0]])
def test_a_broken_metric_names_itself_and_the_sample(
    value: Any, make_example: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(metrics_package._METRICS, "broken", lambda *_: value)
    items = [
        (RewardSpec(kind="metric", metric="broken"), "b", make_example("a", name=f"n{i}")) for i in range(3)
    ]
    with pytest.raises(RewardError, match=r"'metric(/broken)?' on sample 'n0'"):
        RewardRouter().score_many(items)


def test_a_raising_metric_names_the_very_sample(make_example: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails_on_x(answer: str, references: Sequence[str], params: Any) -> float:
        return 1 / (answer != "x")

    monkeypatch.setitem(metrics_package._METRICS, "broken", fails_on_x)
    spec = RewardSpec(kind="metric", metric="broken")
    items = [(spec, answer, make_example("a", name=f"n-{answer}")) for answer in "bcxd"]
    with pytest.raises(RewardError, match="'n-x'"):
        RewardRouter().score_many(items)


def test_examples_that_do_not_fit_are_the_users_mistake(make_example: Any) -> None:
    with pytest.raises(UserError, match=r"'n3'.*reference"):
        RewardRouter().score(EXACT, "a", make_example(name="n3"))
    with pytest.raises(UserError, match=r"'n3'.*rules"):
        RewardRouter().score(RewardSpec(kind="pattern"), "a", make_example(name="n3"))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (RewardSpec(kind="exakt"), "kind 'exakt'"),  # type: ignore[arg-type]
        (RewardSpec(kind="metric"), "metric ''"),
        (RewardSpec(kind="metric", metric="blue"), "nearest is 'bleu'"),
        (RewardSpec(kind="exact", metric="bleu"), "takes no metric"),
        (RewardSpec(kind="sandbox", params={"form": "script"}), "form 'script'"),
        (RewardSpec(kind="pattern", params={"rules": [{"rule": "uper"}]}), "nearest is 'upper'"),
    ],
)
def test_wrong_specs_are_named_before_training(spec: RewardSpec, message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_spec(spec)


def test_good_specs_pass() -> None:
    for spec in (EXACT, RewardSpec(kind="metric", metric="chrf++"), RewardSpec(kind="sandbox")):
        check_spec(spec)


def test_scores_carry_the_answer(make_example: Any) -> None:
    example: Example = make_example("a")
    assert RewardRouter().score(EXACT, "b", example).answer == "b"
