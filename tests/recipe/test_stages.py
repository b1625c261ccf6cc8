"""What the stages decide without training: which rows, which weights, what is weak, what a score means."""

import math
import random
import warnings
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redone.errors import UserError
from redone.model import Completion
from redone.recipe.answering import Answer
from redone.recipe.config import BucketRule, SFTConfig, SupervisedStage
from redone.recipe.constant_answers import constant_answer
from redone.recipe.dataset import Dataset, by_task, cap_per_task
from redone.recipe.diagnosis import TaskDiagnosis, diagnose, diagnosis_json
from redone.recipe.evaluation import item_scores, sample_rows, summarise
from redone.recipe.soft_labels import Candidate, sample_candidates, soft_label
from redone.recipe.stages import refinement, supervised
from redone.recipe.stages.draw import apportion, draw_by_capability, row_weights
from redone.recipe.stages.imitate import answer_sequence, gold
from redone.recipe.stages.task_shares import task_shares
from redone.records import Example, Message, Score
from redone.scoring.statistics import stratified_mean


def example(task: str = "t", number: int = 0, truth: str = "yes", **rest: Any) -> Example:
    fields = {"language": "en", "choices": ("yes", "no"), "target": truth} | rest
    turns = (Message("user", f"question {number}"),)
    return Example(id=f"{task}{number}", task=task, messages=turns, references=(truth,), **fields)


def answer(item: Example, value: float | None, said: str = "yes") -> Answer:
    return Answer(
        item, said, True, Score(value=value, answer=said, problem="" if value is not None else "down")
    )


def judged(item: Example, *said: str) -> list[Answer]:
    """Answers scored by exact match."""
    return [answer(item, float(text == item.references[0]), text) for text in said]


# --- drawing rows

weights = st.dictionaries(st.text(min_size=1, max_size=3), st.floats(0.001, 1000), min_size=1, max_size=12)
sizes = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 5000), min_size=1, max_size=8)
upweights = st.floats(1, 20)


@given(weights, st.integers(0, 5000))
def test_apportion_adds_up_and_stays_within_one_of_the_exact_share(
    shares: dict[str, float], count: int
) -> None:
    whole = apportion(shares, count)
    assert sum(whole.values()) == count
    assert whole.keys() == shares.keys()
    for name, number in whole.items():
        assert abs(number - count * shares[name] / sum(shares.values())) < 1 + 1e-6
        assert number >= 0


@given(sizes, upweights)
def test_row_weights_add_up_and_favour_rare_tasks(pool: dict[str, int], upweight: float) -> None:
    made = row_weights(pool, lambda task: "upper" if task < "d" else "lower", upweight)
    assert sum(made.values()) == pytest.approx(1)
    assert min(made.values()) > 0
    for part in ([t for t in pool if t < "d"], [t for t in pool if t >= "d"]):
        assert sum(made[task] for task in part) == pytest.approx(len(part) / len(pool))
        for one in part:
            for other in part:
                if pool[one] < pool[other]:
                    pull = (made[one] / pool[one]) / (made[other] / pool[other])
                    assert 1 - 1e-9 <= pull <= upweight * (1 + 1e-9), "never less, never above the setting"
                    assert made[one] <= made[other] * (1 + 1e-9), "a rarer task never gets more rows in all"


def test_rarest_task_pulls_as_much_as_asked() -> None:
    made = row_weights({"rare": 10, "middle": 100, "usual": 1000}, lambda task: "c", 2.0)
    assert (made["rare"] / 10) / (made["usual"] / 1000) == pytest.approx(2.0)
    assert row_weights({"a": 30, "b": 10}, lambda task: "c", 1.0) == pytest.approx({"a": 0.75, "b": 0.25})


def test_pools_of_nearly_one_size_share_nearly_alike() -> None:
    made = row_weights({"a": 5000, "b": 4999}, lambda task: "c", 20.0)
    assert made["a"] == pytest.approx(made["b"])


@given(
    st.dictionaries(st.sampled_from("abcd"), st.integers(1, 12), min_size=1),
    st.integers(0, 60),
    upweights,
    st.integers(0, 9),
)
def test_rows_are_used_up_before_any_comes_again(
    pool: dict[str, int], count: int, upweight: float, seed: int
) -> None:
    items = [example(task, number) for task, size in pool.items() for number in range(size)]
    rows = draw_by_capability(items, count, str.upper, upweight, random.Random(seed))
    assert len(rows) == count
    for task, own in by_task(rows).items():
        times = [Counter(row.id for row in own)[f"{task}{number}"] for number in range(pool[task])]
        assert max(times) - min(times) <= 1
    assert rows == draw_by_capability(items, count, str.upper, upweight, random.Random(seed))


def test_nothing_is_drawn_from_nothing() -> None:
    assert draw_by_capability([], 5, str.upper, 2.0, random.Random(0)) == []


# --- drawing weights


@given(
    st.integers(0, 5),
    st.integers(0, 5),
    st.floats(0, 1),
    st.none() | st.floats(0, 1),
    st.sets(st.integers(0, 9)),
)
def test_drawing_weights(
    platform: int, general: int, share: float, wanted: float | None, reasoning: set[int]
) -> None:
    ours, others = [f"p{n}" for n in range(platform)], [f"g{n}" for n in range(general)]
    thinks = {task for n, task in enumerate(ours + others) if n in reasoning}
    made = task_shares(ours, others, general_share=share, reasoning=thinks, reasoning_share=wanted)
    assert made.keys() == set(ours + others)
    if not made:
        return
    assert sum(made.values()) == pytest.approx(1)
    assert min(made.values()) >= 0
    part = share if ours and others else float(bool(others))
    assert sum(made[task] for task in others) == pytest.approx(part)
    if wanted is None:
        return
    # The reachable range: a part of one kind is all or nothing, a mixed part goes anywhere.
    parts = [(ours, 1 - part), (others, part)]
    low = sum(weight for tasks, weight in parts if tasks and set(tasks) <= thinks)
    high = sum(weight for tasks, weight in parts if set(tasks) & thinks)
    reached = sum(made[task] for task in thinks)
    assert reached == pytest.approx(min(max(wanted, low), high), abs=1e-9)


# --- diagnosis


def look(groups: list[list[Answer]], **rule: float) -> TaskDiagnosis:
    (found,) = diagnose({groups[0][0].example.task: groups}, BucketRule(**rule))
    return found


def test_one_class_for_everything_is_found() -> None:
    groups = [judged(example(number=n, truth=t), *["yes"] * 4) for n, t in enumerate(["yes", "no"] * 10)]
    found = look(groups, pass_mean_below=0.1, all_zero_above=0.9)
    assert found.weak
    assert (found.constant_answer, found.constant_share, len(found.reasons)) == ("yes", 1.0, 1)
    assert "one answer for 100%" in found.reasons[0]
    assert (found.kept, found.all_zero, found.all_one) == (0.0, 0.5, 0.5)


def test_one_class_is_found_in_two_languages() -> None:
    """The same class has another word in each language, so that no single word reaches the limit."""
    groups = []
    for number in range(20):
        language, words = ("en", ("yes", "no")) if number % 2 else ("zh", ("是", "否"))
        item = example(number=number, truth=words[number // 2 % 2], language=language, choices=words)
        groups.append(judged(item, *[words[0]] * 4))
    found = look(groups, pass_mean_below=0.1, all_zero_above=0.9)
    assert found.constant_share == 1.0
    assert found.constant_answer == "是 / yes"
    assert found.weak


def test_a_task_whose_truth_is_constant_is_not_flagged() -> None:
    found = look([judged(example(number=n), *["yes"] * 4) for n in range(12)])
    assert (found.constant_share, found.all_one, found.score) == (1.0, 1.0, 1.0)
    assert not found.weak


def test_answers_that_cannot_be_read_are_no_class() -> None:
    groups = [[answer(example(number=n), 0.0, "") for _ in range(4)] for n in range(8)]
    assert constant_answer(groups) == ("", 0.0)
    groups[0] = judged(example(), *["no"] * 4)
    assert constant_answer(groups) == ("no", 4 / 32)


def test_open_tasks_have_no_class() -> None:
    groups = [judged(example(number=n, truth=str(n), choices=()), *["a"] * 4) for n in range(8)]
    assert look(groups).constant_share == 0.0


def test_all_wrong_is_weak_for_two_reasons() -> None:
    found = look([judged(example(number=n), *["no", "maybe"] * 2) for n in range(10)])
    assert [reason.split(" ")[0] for reason in found.reasons] == ["mean", "100%"]
    assert found.pass_at_k == {"1": 0.0, "4": 0.0}
    assert (found.score, found.kept, found.all_zero) == (0.0, 0.0, 1.0)


def test_rules_have_strict_limits_and_weakest_comes_first() -> None:
    half = [judged(example("half", n), "yes", "no", "yes", "no") for n in range(8)]
    good = [judged(example("good", n), "yes", "yes", "yes", "no") for n in range(8)]
    found = diagnose({"good": good, "half": half}, BucketRule(pass_mean_below=0.5))
    assert [(d.task, d.weak) for d in found] == [("half", False), ("good", False)]
    assert look(half, pass_mean_below=0.51).weak
    assert found[0].pass_at_k == {"1": 0.5, "4": 1.0}
    assert found[0].kept == 1.0


def test_unknown_scores_are_left_out_and_counted() -> None:
    groups = [judged(example(number=n), "yes", "yes", "yes", "no") for n in range(8)]
    clean = look(groups)
    groups[0] = [answer(groups[0][0].example, None) for _ in range(4)]
    groups[1][3] = answer(groups[1][0].example, None)
    found = look(groups)
    assert (found.n, found.unscored) == (7, 5)
    assert found.score == pytest.approx((0.75 * 6 + 1) / 7)
    assert (clean.n, clean.unscored) == (8, 0)
    written = diagnosis_json([found], BucketRule(), {"t": "understanding"}, {}, "exploratory")
    assert written["tasks"]["t"]["unscored"] == 5
    assert written["tasks"]["t"]["score"] == pytest.approx(100 * found.score)


def test_a_task_without_any_score_is_refused_by_name() -> None:
    with pytest.raises(UserError, match=r"task t: none of 2 answers .*\(down\)"):
        look([[answer(example(), None), answer(example(), None)]])


# --- soft labels


def candidate(text: str, value: float | None, agreement: float = 0.5, **rest: Any) -> Candidate:
    score = Score(value=value, answer=text, problem="" if value is not None else "down")
    return Candidate(text, rest.get("finished", True), score, agreement, rest.get("logprob", -1.0))


values = st.none() | st.sampled_from([0.0, 0.25, 0.5, 1.0])
candidates = st.builds(
    lambda v, a, p, f: candidate("x", v, a, logprob=p, finished=f),
    values,
    st.sampled_from([0.25, 0.5]),
    st.floats(-9, 0),
    st.booleans(),
)


@given(st.lists(candidates, min_size=1, max_size=8), st.floats(0, 1))
def test_a_soft_label_is_the_best_finished_answer_that_is_good_enough(
    group: list[Candidate], least: float
) -> None:
    ranked = sorted(group, key=lambda c: c.quality, reverse=True)
    named = [
        Candidate(str(place), c.finished, c.score, c.agreement, c.logprob) for place, c in enumerate(ranked)
    ]
    fitting = [c for c in named if c.finished and c.score.value is not None and c.score.value >= least]
    assert soft_label(named, least) == (fitting[0].text if fitting else None)
    if fitting:
        assert fitting[0].score.value == max(c.score.value for c in fitting)


def test_quality_is_compared_part_by_part() -> None:
    order = [
        candidate("right", 1.0, 0.1, logprob=-9.0),
        candidate("agreed", 0.5, 0.9, logprob=-9.0),
        candidate("likely", 0.5, 0.1, logprob=-1.0),
        candidate("unlikely", 0.5, 0.1, logprob=-2.0),
        candidate("wrong", 0.0, 0.9),
        candidate("unknown", None, 1.0),
    ]
    mixed = random.Random(0).sample(order, len(order))
    assert sorted(mixed, key=lambda c: c.quality, reverse=True) == order
    assert soft_label(order, 0.5, accept=lambda c: c.text != "right") == "agreed"
    assert soft_label(order[-1:], 0.0) is None


def test_answers_that_cannot_be_read_do_not_agree() -> None:
    """Two unreadable answers are no majority against one that can be read."""
    said = {10: "", 11: "", 12: "no"}
    group = [Completion((number,), (-1.0,), "stop") for number in said]
    sampler = SimpleNamespace(generate=lambda prompts, settings, seed: [group for _ in prompts])
    chat = SimpleNamespace(encode_prompt=lambda messages: [1], decode=lambda ids: f"text {ids[0]}")
    scorer = SimpleNamespace(
        score_many=lambda items: [Score(value=0.0, answer=said[int(text.split()[1])]) for _, text, _ in items]
    )
    ranked = sample_candidates(sampler, chat, scorer, [example(), example(number=1)], None, 0)
    assert [[(c.text, round(c.agreement, 2)) for c in own] for own in ranked] == [
        [("text 12", 0.33), ("text 10", 0.0), ("text 11", 0.0)]
    ] * 2


# --- evaluation

TASKS: Any = {
    "t": SimpleNamespace(suite="sns"),
    "u": SimpleNamespace(suite="sns"),
    "code": SimpleNamespace(suite="general"),
}


def test_an_unknown_score_is_no_zero() -> None:
    groups = [[answer(example("t", n), 1.0), answer(example("t", n), None)] for n in range(4)]
    groups.append([answer(example("t", 4), None)] * 2)
    groups += [[answer(example("u", n), 0.5)] * 2 for n in range(2)]
    entry = summarise(groups, TASKS, {"t": {"constant": 0.25}})["sns"]
    assert entry["tasks"]["t"]["score"] == 100
    assert (entry["tasks"]["t"]["n"], entry["tasks"]["t"]["unscored"]) == (4, 6)
    assert entry["tasks"]["t"]["baselines"] == {"constant": 25}
    assert entry["score"] == pytest.approx(75), "tasks count alike, whatever their number of items"
    assert "unscored_tasks" not in entry
    assert item_scores(groups)["t"] == [1.0] * 4


def test_a_task_or_suite_without_any_score_is_said_so() -> None:
    groups = [[answer(example("t"), 1.0)], [answer(example("u", n), None) for n in range(3)]]
    groups.append([answer(example("code"), None)])
    suites = summarise(groups, TASKS, {})
    assert suites["sns"]["score"] == 100
    assert suites["sns"]["unscored_tasks"] == {"u": 3}
    assert suites["general"] == {"score": None, "tasks": {}, "unscored_tasks": {"code": 1}}


def test_unseen_templates_have_their_own_score_where_they_have_one() -> None:
    seen = [[answer(example("t", n), 1.0)] for n in range(3)]
    new = [[answer(example("t", 9, unseen_template=True), 0.0)]]
    assert summarise(seen + new, TASKS, {})["sns"]["unseen_templates"] == {"score": 0.0, "n": 1}
    unknown = [[answer(example("t", 9, unseen_template=True), None)]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "unseen_templates" not in summarise(seen + unknown, TASKS, {})["sns"]


def test_a_collapse_is_marked_in_the_scores() -> None:
    groups = [judged(example("t", n, truth=t), "no", "no") for n, t in enumerate(["yes", "no"] * 5)]
    assert summarise(groups, TASKS, {})["sns"]["tasks"]["t"]["constant"] == {"answer": "no", "share": 1.0}
    groups[0] = judged(example("t"), "yes", "yes")
    assert "constant" not in summarise(groups, TASKS, {})["sns"]["tasks"]["t"], "not above nine in ten"


def test_sample_rows_are_the_first_items_of_each_task() -> None:
    groups = [[answer(example(task, n), None)] for n in range(5) for task in ("t", "u")]
    rows = sample_rows(groups, "greedy", 2)
    assert [row["example_id"] for row in rows] == ["t0", "u0", "t1", "u1"]
    assert {row["score"] for row in rows} == {None}


@given(st.lists(st.lists(st.floats(0, 1), min_size=1, max_size=12), min_size=1, max_size=5))
def test_stratified_mean_counts_strata_alike(strata: list[list[float]]) -> None:
    means = [sum(own) / len(own) for own in strata]
    made = stratified_mean(strata, resamples=40)
    assert made.value == pytest.approx(sum(means) / len(means))
    assert min(map(min, strata)) - 1e-12 <= made.low <= made.high <= max(map(max, strata)) + 1e-12
    assert stratified_mean(strata, resamples=40) == made


def test_strata_are_resampled_apart() -> None:
    """Two tasks of zeros and ones that differ in level: the interval knows nothing of the gap between them."""
    steady = stratified_mean([[0.0] * 20, [1.0] * 20])
    assert steady == (0.5, 0.5, 0.5)
    one, two = stratified_mean([[0.0, 1.0] * 50]), stratified_mean([[0.0, 1.0] * 50] * 2)
    assert (two.high - two.low) / (one.high - one.low) == pytest.approx(math.sqrt(0.5), rel=0.15)
    with pytest.raises(UserError, match="at least one task"):
        stratified_mean([])


# --- dataset and supervised rows


def dataset(**parts: tuple[Example, ...]) -> Dataset:
    return Dataset(tasks={}, **{name: parts.get(name, ()) for name in ("train", "general", "dev", "test")})


def test_fingerprint_sees_every_example_and_which_part_it_is_in() -> None:
    items = (example("t", 1), example("t", 2))
    prints = [
        dataset(train=items).fingerprint(),
        dataset(train=items[::-1]).fingerprint(),
        dataset(train=items[:1], general=items[1:]).fingerprint(),
        dataset(general=items).fingerprint(),
        dataset(train=(items[0], example("t", 2, truth="no"))).fingerprint(),
    ]
    assert len(set(prints)) == len(prints)
    assert dataset(train=(example("t", 1), example("t", 2))).fingerprint() == prints[0]


@given(st.lists(st.sampled_from("abc"), max_size=30), st.integers(0, 5))
def test_cap_keeps_the_first_of_each_task(tasks: list[str], limit: int) -> None:
    items = [example(task, number) for number, task in enumerate(tasks)]
    kept = list(cap_per_task(items, limit))
    assert by_task(kept) == {task: own[:limit] for task, own in by_task(items).items() if limit}
    assert dataset(train=tuple(items)).platform_tasks == tuple(sorted(set(tasks)))


@pytest.mark.parametrize(
    ("share", "platform", "general"), [(0.0, 30, 0), (0.25, 30, 10), (0.75, 30, 90), (1.0, 0, 7)]
)
def test_supervised_rows_have_the_general_share(share: float, platform: int, general: int) -> None:
    pool = dataset(
        train=tuple(example("t", n) for n in range(30)), general=tuple(example("g", n) for n in range(7))
    )
    sft = SFTConfig(optimizer={"learning_rate": 1e-3})
    settings = SupervisedStage(kind="supervised", general_share=share, sft=sft)
    lessons = supervised.compose(pool, settings, seed=1)
    assert Counter(lesson.source for lesson in lessons) == +Counter(platform=platform, general=general)
    times = Counter(lesson.example.id for lesson in lessons if lesson.source == "general").values()
    assert not times or max(times) - min(times) <= 1


def test_targets_are_worded_as_asked_or_as_logged() -> None:
    item = example(truth="yes", target="YES!!")
    assert (gold(item), gold(item, normalised=False)) == ("yes", "YES!!")
    chat: Any = SimpleNamespace(encode_prompt=lambda messages: [7, 8], encode_answer=lambda text: [9, 4])
    sequence = answer_sequence(chat, item, "yes", "gold")
    assert (sequence.ids, sequence.loss_mask) == ((7, 8, 9, 4), (0, 0, 1, 1))
    assert (sequence.source, sequence.id) == ("gold", "t0")


# --- refinement


@pytest.mark.parametrize(
    ("rates", "kept", "note"),
    [
        ([0.0, 0.5, 1.0, None], ["t1"], "hard platform prompts: 1 of 4"),
        ([0.05, 0.06, 0.95], ["t1"], "hard platform prompts: 1 of 3"),
        ([0.0, 1.0], ["t0", "t1"], "no platform prompt of 2 is hard: all of them are used"),
        ([], [], "hard platform prompts: 0 of 0"),
    ],
)
def test_hard_prompts_lie_strictly_inside_the_band(
    monkeypatch: pytest.MonkeyPatch, rates: list[float | None], kept: list[str], note: str
) -> None:
    pool = [example("t", n) for n in range(len(rates))]
    groups = [[answer(item, rate)] * 2 for item, rate in zip(pool, rates, strict=True)]
    asked = []

    def drawn(self: Any, items: Any, decoding: Any, *, seed: int) -> Any:
        asked.append((decoding.temperature, decoding.samples, decoding.max_new_tokens))
        return groups

    monkeypatch.setattr(refinement.Examinee, "answer", drawn)
    rl = SimpleNamespace(max_new_tokens=9, temperature=0.8)
    settings: Any = SimpleNamespace(screen_samples=2, hard_low=0.05, hard_high=0.95, rl=rl)
    context: Any = SimpleNamespace(
        dataset=SimpleNamespace(scorer=None), seed=1, progress=SimpleNamespace(advance=lambda *a: None)
    )
    policy: Any = SimpleNamespace(sampler=None, chat=None)
    hard, said = refinement.hard_part(context, policy, settings, pool, "platform")
    assert ([item.id for item in hard], said) == (kept, note)
    assert asked == [(0.8, 2, 9)], "screened as it will be sampled"
