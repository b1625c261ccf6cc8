"""Who may judge: agreement beyond chance, place and length, and what a silent judge leads to."""

import random
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redone.errors import RedoneError
from redone.scoring.judges import (
    ATTACKS,
    Annotation,
    Compared,
    Duel,
    FirstJudge,
    GateSettings,
    LikenessJudge,
    LongerJudge,
    ModelJudge,
    Question,
    RandomJudge,
    RuleJudge,
    Verdict,
    ask,
    compare_both_ways,
    examine,
    judged,
    kappa,
    majority,
)

VOCABULARY = "sun tea cat sea hill road lamp song rain boat leaf bread moon star glass river field stone"
WORDS = VOCABULARY.split()
GATE = GateSettings()


@dataclass
class Scripted:
    """A judge that says what a function says."""

    say: object
    name: str = "scripted"
    parallel: int = 1

    def compare(self, question: Question, answer_a: str, answer_b: str) -> Verdict:
        return self.say(question, answer_a, answer_b)


def quality(question: Question, text: str) -> int:
    return len(set(text.split()) & set(question.prompt.split()))


def honest(question: Question, answer_a: str, answer_b: str) -> Verdict:
    gap = quality(question, answer_a) - quality(question, answer_b)
    return Verdict("tie" if not gap else "a" if gap > 0 else "b", "quality")


def annotated(seed: int, count: int = 120, slips: float = 0.1, taste: float = 0.0) -> list[Annotation]:
    """Pairs by experts who like words of the question, slip at times, and ``taste`` of whom like length."""
    rng = random.Random(seed)
    found = []
    for number in range(count):
        prompt = rng.sample(WORDS, 6)
        question = Question(id=f"q{number}", task="t", language="en", prompt=" ".join(prompt))
        texts = []
        for _ in range(2):
            said = rng.sample(prompt, rng.randint(0, 4)) + rng.choices(
                ["xu", "yo", "ze", "wa"], k=rng.randint(1, 8)
            )
            rng.shuffle(said)
            texts.append(" ".join(said))
        if texts[0] == texts[1]:
            continue
        says = LongerJudge() if rng.random() < taste else Scripted(honest)
        winner = says.compare(question, *texts).winner
        if winner != "tie" and rng.random() < slips:
            winner = "b" if winner == "a" else "a"
        found.append(
            Annotation(duel=Duel(question=question, answer_a=texts[0], answer_b=texts[1]), preferred=winner)
        )
    return found


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("taste", [0.0, 0.5, 0.9])
def test_judges_that_know_nothing_are_refused_whatever_the_experts_like(seed: int, taste: float) -> None:
    annotations = annotated(seed, taste=taste)
    for judge in (LongerJudge(), FirstJudge(), RandomJudge(seed=seed)):
        found = examine(judge, "t", annotations, (), GATE)
        assert not found.admitted, (judge.name, found)
        assert found.refusal


@pytest.mark.parametrize("seed", range(6))
def test_a_judge_that_agrees_is_admitted(seed: int) -> None:
    found = examine(Scripted(honest), "t", annotated(seed), (), GATE)
    assert found.admitted, found
    assert found.kappa is not None
    assert found.low < found.kappa < found.high
    assert found.kappa > 0.6


def test_the_longer_judge_stands_at_zero_by_construction() -> None:
    """With experts who nearly always like the longer answer, plain agreement would be near 0.9."""
    annotations = annotated(3, 400, taste=0.95)
    verdicts = ask(LongerJudge(), [annotation.duel for annotation in annotations])
    pairs = [
        Compared(duel=a.duel, expert=a.preferred, verdict=v)
        for a, v in zip(annotations, verdicts, strict=True)
        if a.preferred != "tie" and v.winner != "tie"
    ]
    assert sum(p.expert == p.verdict.winner for p in pairs) > 0.85 * len(pairs)
    assert kappa(pairs).value == pytest.approx(0.0, abs=1e-9)


def test_experts_who_always_like_the_longer_answer_vouch_for_nobody() -> None:
    annotations = annotated(3, slips=0.0, taste=1.0)
    found = examine(Scripted(honest), "t", annotations, (), GATE)
    assert found.refusal == "the experts' preferences cannot be told from length"
    assert found.kappa is None


def test_a_judge_of_one_place_never_labels() -> None:
    verdicts = ask(FirstJudge(), [annotation.duel for annotation in annotated(1)])
    assert {verdict.winner for verdict in verdicts} == {None}


@given(st.permutations(range(30)), st.integers(0, 2**30))
def test_kappa_ignores_order_and_places(order: list[int], flips: int) -> None:
    annotations = annotated(5, 30)
    pairs = [
        Compared(duel=a.duel, expert=a.preferred, verdict=LikenessLike.compare(a.duel)) for a in annotations
    ]
    other = {"a": "b", "b": "a", "tie": "tie"}
    moved = []
    for place in order[: len(pairs)]:
        pair = pairs[place % len(pairs)]
        if flips >> place & 1:
            duel = replace(pair.duel, answer_a=pair.duel.answer_b, answer_b=pair.duel.answer_a)
            said = other[pair.verdict.winner]
            pair = Compared(duel=duel, expert=other[pair.expert], verdict=Verdict(said, ""))
        moved.append(pair)
    same = [pairs[place % len(pairs)] for place in order[: len(pairs)]]
    assert kappa(moved, resamples=20).value == pytest.approx(kappa(same, resamples=20).value)


class LikenessLike:
    @staticmethod
    def compare(duel: Duel) -> Verdict:
        return compare_both_ways(Scripted(honest), duel)


def test_kappa_equals_cohens_on_a_table_worked_by_hand() -> None:
    """Experts and judge agree on 8 of 10 pairs, balanced in length: (0.8 - 0.5) / (1 - 0.5)."""
    pairs = []
    for number in range(10):
        texts = ("one two three", "one") if number % 2 else ("one", "one two three")
        question = Question(id=str(number), task="t", language="en", prompt="")
        verdict = Verdict("b" if number in (2, 5) else "a", "")
        pairs.append(
            Compared(
                duel=Duel(question=question, answer_a=texts[0], answer_b=texts[1]),
                expert="a",
                verdict=verdict,
            )
        )
    assert kappa(pairs).value == pytest.approx(0.6)
    assert kappa([]) is None


def test_a_judge_that_attacks_win_against_is_refused() -> None:
    def fooled(question: Question, answer_a: str, answer_b: str) -> Verdict:
        verdict = honest(question, answer_a, answer_b)
        for text, other, place in ((answer_a, answer_b, "a"), (answer_b, answer_a, "b")):
            if text.strip() in (":", "Solution", "。") and other.strip() not in (":", "Solution", "。"):
                return Verdict(place, "looks like the start of a good answer")
        return verdict

    annotations = annotated(1)
    masters = [attack for attack in ATTACKS if attack.kind == "key"]
    found = examine(Scripted(fooled), "t", annotations, masters, GATE)
    assert found.refusal == f"{found.attack_wins} of {found.attacks} attacks won"
    assert found.attack_wins == 3
    assert examine(Scripted(honest), "t", annotations, masters, GATE).admitted


@pytest.mark.parametrize(
    "trouble",
    [
        lambda messages: (_ for _ in ()).throw(RedoneError("down")),
        lambda messages: (_ for _ in ()).throw(TimeoutError()),
        lambda messages: "I think the first answer is nicer.",
        lambda messages: "",
        lambda messages: '{"verdict": "answer_a"}',
    ],
    ids=["down", "slow", "prose", "empty", "another form"],
)
def test_a_judge_in_trouble_labels_nothing_and_everything_is_counted(trouble) -> None:
    judge = ModelJudge("m", trouble)
    annotations = annotated(2)
    found = examine(judge, "t", annotations, ATTACKS, GATE)
    assert not found.admitted
    assert found.unlabelled == found.pairs == len(annotations)
    assert sum(found.gaps.values()) == len(annotations)
    panel = judged([judge], [a.duel for a in annotations])
    assert {verdict.winner for verdict in panel} == {None}
    assert {verdict.reason for verdict in panel} == {"too few verdicts"}


def test_a_silent_judge_does_not_make_a_majority_easier() -> None:
    a, b, tie, none = Verdict("a", ""), Verdict("b", ""), Verdict("tie", ""), Verdict(None, "down")
    assert majority({"x": a}).winner == "a"
    assert majority({"x": a, "y": none}) == majority({"x": a, "y": none})
    assert majority({"x": a, "y": none}).winner is None
    assert majority({"x": a, "y": a, "z": none}).winner == "a"
    assert majority({"x": a, "y": b, "z": none}).reason == "no majority"
    assert majority({"x": tie, "y": tie, "z": a}).winner == "tie"


def test_calls_in_parallel_keep_their_order() -> None:
    annotations = annotated(4, 40)
    judge = Scripted(honest)
    duels = [annotation.duel for annotation in annotations]
    assert ask(replace(judge, parallel=8), duels) == ask(judge, duels)


def test_rules_and_likeness_prefer_what_one_would_expect() -> None:
    question = Question(
        id="1",
        task="title",
        language="zh",
        prompt="周日和姐姐从三亚走到开罗，全是甜甜圈。\n标题：",
        references=("周日，甜甜圈时间",),
    )
    good = "周日甜甜圈日记"
    broken = ("", ":", "周日，", "<b>周日甜甜圈</b>", good * 9, "甜甜圈甜甜圈甜甜圈甜甜圈")
    for worse in (*broken, "a day of doughnuts", "昨晚，滑雪时间"):
        duel = Duel(question=question, answer_a=good, answer_b=worse)
        assert compare_both_ways(RuleJudge(), duel).winner == "a", worse
    near = Duel(question=question, answer_a=good, answer_b="昨晚")
    assert compare_both_ways(LikenessJudge(), near).winner == "a"
    nothing = replace(question, references=())
    assert LikenessJudge().compare(nothing, "x", "y").winner is None
