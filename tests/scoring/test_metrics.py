"""Metrics on Chinese, English, emoji, mixed, full-width, empty and repeated text (fault 14)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redone.errors import UserError
from redone.scoring.metrics import evaluate, metric_names
from redone.scoring.tokens import tokenise

TEXTS = [
    "今天的妆容真好看",
    "what a lovely look",
    "😀😀👍🏽",
    "👨‍👩‍👧‍👦 🇨🇳",
    "今天 OOTD 好看😍 #穿搭",
    "ＦＵＬＬ　ｗｉｄｔｈ１２３",
    "",
    "   ",
    "?!",
    "a, a, a",
    "口红，口红，眼影",
    "好",
    "x",
    "\ud83d",
]
WORDS = st.sampled_from(
    ["口红", "眼影", "好看", "nice", "look", "day", "😀", "👍", "１２", "7", "，", ",", "[", " "]
)
MIXED = st.lists(WORDS, max_size=8).map("".join)


@pytest.mark.parametrize("name", metric_names())
@pytest.mark.parametrize("text", TEXTS)
def test_identical_texts_score_the_maximum(name: str, text: str) -> None:
    assert evaluate(name, text, [text]) == 1.0
    assert evaluate(name, text, ["3", text]) == 1.0


@settings(max_examples=60, deadline=None)
@given(MIXED, MIXED)
def test_values_lie_between_zero_and_one(answer: str, reference: str) -> None:
    for name in set(metric_names()) - {"level_distance"}:
        assert 0.0 <= evaluate(name, answer, [reference]) <= 1.0


@settings(max_examples=60, deadline=None)
@given(MIXED, MIXED, MIXED)
def test_another_reference_never_costs(answer: str, one: str, other: str) -> None:
    for name in set(metric_names()) - {"level_distance", "bleu", "translation"}:
        assert evaluate(name, answer, [one, other]) >= evaluate(name, answer, [one]) - 1e-12


@pytest.mark.parametrize("name", sorted(set(metric_names()) - {"level_distance"}))
def test_an_empty_answer_earns_nothing(name: str) -> None:
    for reference in ("好看", "nice", "😀", "a, b"):
        assert evaluate(name, "", [reference]) == 0.0
        assert evaluate(name, reference, [""]) == 0.0


@pytest.mark.parametrize(
    "name", ["rouge_l", "span_overlap", "bleu", "chrf", "translation", "query_similarity"]
)
def test_nearer_answers_score_higher_in_both_languages(name: str) -> None:
    for reference, near, far in [
        ("这支口红的颜色真的很好看", "这支口红颜色真好看", "昨天去公园跑步"),
        ("the colour of this lipstick is lovely", "the colour of this lipstick is nice", "we ran all day"),
    ]:
        assert 1 > evaluate(name, near, [reference]) > evaluate(name, far, [reference]) + 0.2


def test_tokens() -> None:
    assert tokenise("今天 OOTD 好看😍👍🏽") == ("今", "天", "ootd", "好", "看", "😍", "👍🏽")
    assert tokenise("don't stop, 2026!") == ("don't", "stop", "2026")
    assert tokenise("👨‍👩‍👧‍👦🇨🇳🇬🇧") == ("👨‍👩‍👧‍👦", "🇨🇳", "🇬🇧")
    assert tokenise("…") == (".", ".", ".")


@pytest.mark.parametrize(
    ("name", "answer", "reference", "value"),
    [
        ("exact", "Yes!", "yes", 1),
        ("exact", "no", "yes", 0),
        ("label_accuracy", "b, a, a", "a, b", 1),
        ("label_accuracy", "a", "a, b", 0),
        ("numeric", "１，２００.0", "1200", 1),
        ("numeric", "1201", "1200", 0),
        ("numeric", "1e9999999", "1", 0),
        ("numeric", ".5", "0.50", 1),
        ("set_f1", "a, b, c, d", "a, b", 2 * 2 / 6),
        ("set_f1", "a, a, a, a", "a", 1),
        ("list_f1", "a, a, a, a", "a", 2 * 1 / 5),
        ("list_f1", "[]", "none", 1),
        ("list_f1", "a", "[]", 0),
        ("list_f1", "口红、眼影", "眼影，口红", 1),
        ("rouge_l", "甲乙丙丁", "甲丙", 2 * 2 / 6),
        ("anls", "abcd", "abce", 0.75),
        ("level_distance", "1", "3", 0.5),
        ("level_distance", "-1", "3", 0),
        ("level_distance", "5", "3", 0),
        ("level_distance", "two", "3", 0),
    ],
)
def test_known_values(name: str, answer: str, reference: str, value: float) -> None:
    assert evaluate(name, answer, [reference]) == pytest.approx(value)


def test_params() -> None:
    assert evaluate("numeric", "10.4", ["10"], {"tolerance": 0.5}) == 1
    assert evaluate("anls", "abxx", ["abcd"], {"threshold": 0.6}) == 0
    assert evaluate("level_distance", "2", ["5"], {"low": 1, "high": 5}) == pytest.approx(0.25)


def test_bleu_counts_chinese_characters_not_spaces() -> None:
    assert evaluate("bleu", "今天天气很好我们去公园", ["今天天气很好我们去爬山"]) > 0.5
    assert evaluate("bleu", "오늘 날씨가 좋다 우리", ["오늘 날씨가 좋다 너희"]) > 0.5


def test_mistakes_of_the_caller_are_named() -> None:
    with pytest.raises(UserError, match="nearest is 'chrf'"):
        evaluate("chrff", "a", ["a"])
    with pytest.raises(UserError, match="at least one reference"):
        evaluate("exact", "a", [])
    with pytest.raises(UserError, match="no level"):
        evaluate("level_distance", "1", ["9"])
