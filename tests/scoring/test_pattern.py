from typing import Any

import pytest

from redone.errors import UserError
from redone.scoring import RewardRouter, RewardSpec
from redone.scoring.rewards import pattern_rules
from redone.scoring.rewards.pattern_rules import RULES

HOLDS: list[tuple[dict[str, Any], str, str]] = [
    ({"rule": "regex", "pattern": r"\d{4}-\d{2}"}, "2026-11", "2026-11!"),
    ({"rule": "json"}, '{"a": 1}', "{a: 1}"),
    ({"rule": "json", "keys": ["a", "b"]}, '{"a": 1, "b": 2}', '{"a": 1}'),
    ({"rule": "json", "keys": ["a"], "types": {"a": "string"}}, '{"a": "x"}', '{"a": 1}'),
    ({"rule": "json", "types": {"a": "number"}}, '{"a": 1.5}', '{"a": true}'),
    ({"rule": "word_count", "min": 2, "max": 3}, "two words", "these are four words"),
    ({"rule": "word_count", "min": 4, "max": 4}, "今天真好", "今天好"),
    ({"rule": "char_count", "max": 3}, " abc ", "abcd"),
    ({"rule": "lines", "min": 2, "max": 2}, "a\n\nb", "a"),
    ({"rule": "bullets", "min": 2}, "- a\n- b", "- a\nb"),
    ({"rule": "bullets", "marker": "•"}, "• 好", "• 好\n•"),
    ({"rule": "upper"}, "LOUD 1!", "Loud"),
    ({"rule": "lower"}, "quiet", "Quiet"),
    ({"rule": "bracketed"}, "[a b]", "[a][b]"),
    ({"rule": "bracketed", "open": "【", "close": "】"}, "【好】", "好"),
    ({"rule": "prefix", "text": ">>"}, ">> a", "a >>"),
    ({"rule": "suffix", "text": "!!!"}, "a!!!", "a!!"),
    ({"rule": "contains", "words": ["Sun", "好"]}, "sunny 好", "sunny"),
    ({"rule": "excludes", "words": ["bad"]}, "good", "BAD"),
    ({"rule": "one_of", "choices": ["Yes", "No"]}, "yes.", "maybe"),
    ({"rule": "emoji", "min": 1, "max": 2}, "好😀", "好"),
    ({"rule": "hashtags", "max": 1}, "#穿搭 ok", "#a #b"),
    ({"rule": "script", "language": "zh"}, "今天好！", "今天ok"),
    ({"rule": "script", "language": "en"}, "good", "good 好"),
]


@pytest.mark.parametrize(("rule", "good", "bad"), HOLDS, ids=lambda value: str(value)[:40])
def test_rules(rule: dict[str, Any], good: str, bad: str, make_example: Any) -> None:
    spec = RewardSpec(kind="pattern", params={"rules": [rule]})
    assert RewardRouter().score(spec, good, make_example()).value == 1.0
    assert RewardRouter().score(spec, bad, make_example()).value == 0.0
    assert RewardRouter().score(spec, "", make_example()).value == 0.0


def test_every_rule_is_tested() -> None:
    assert {rule["rule"] for rule, _, _ in HOLDS} == set(RULES)


def test_rules_of_the_task_and_of_the_example_add_up(make_example: Any) -> None:
    example = make_example(rules=[{"rule": "word_count", "max": 1}])
    rules = [{"rule": "upper"}]
    strict = RewardRouter().score(RewardSpec(kind="pattern", params={"rules": rules}), "TWO WORDS", example)
    partial = RewardRouter().score(
        RewardSpec(kind="pattern", params={"rules": rules, "partial": True}), "TWO WORDS", example
    )
    assert (strict.value, partial.value) == (0.0, 0.5)
    assert strict.components == {
        "pattern/upper": 1.0, "pattern/word_count": 0.0, "pattern": 0.0, "pattern/share": 0.5
    }  # fmt: skip


def test_a_rule_that_comes_twice_is_logged_at_its_worst(make_example: Any) -> None:
    rules = [{"rule": "contains", "words": ["b"]}, {"rule": "contains", "words": ["a"]}]
    score = RewardRouter().score(RewardSpec(kind="pattern", params={"rules": rules}), "a", make_example())
    assert score.components["pattern/contains"] == 0.0


def test_a_slow_expression_leaves_the_sample_unscored(
    make_example: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pattern_rules, "REGEX_SECONDS", 0.05)
    rule = {"rule": "regex", "pattern": "(?:a|a|aa)*[bc]"}
    score = RewardRouter().score(
        RewardSpec(kind="pattern", params={"rules": [rule]}), "a" * 99 + "d", make_example()
    )
    assert score.value is None
    assert "longer than" in score.problem


def test_a_huge_answer_breaks_the_rule_without_work(make_example: Any) -> None:
    rule = {"rule": "regex", "pattern": "(a*)*b"}
    spec = RewardSpec(kind="pattern", params={"rules": [rule]})
    assert RewardRouter().score(spec, "a" * 10_000_000, make_example()).value == 0.0


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("upper", "looks like"),
        ({"rule": "wordcount"}, "nearest is 'word_count'"),
        ({"rule": "word_count", "most": 3}, "no setting 'most'"),
        ({"rule": "prefix"}, "needs text"),
        ({"rule": "regex", "pattern": "("}, "no regular expression"),
        ({"rule": "script", "language": "fr"}, "'fr'"),
        ({"rule": "json", "types": {"a": "float"}}, "'float'"),
        ({"rule": "word_count", "max": "5"}, "word_count.*not supported"),
        ({"rule": "contains", "words": "sun"}, "must be a list"),
    ],
)
def test_wrong_rules_are_named(rule: Any, message: str, make_example: Any) -> None:
    spec = RewardSpec(kind="pattern", params={"rules": [rule]})
    with pytest.raises(UserError, match=message):
        RewardRouter().score(spec, '{"a": 1}', make_example())
