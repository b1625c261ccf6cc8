import pytest
from hypothesis import given
from hypothesis import strategies as st

from redone.scoring.normalise import canonical, join_list, split_list, tidy

ANY_TEXT = st.text(alphabet=st.characters(), max_size=40)


@given(ANY_TEXT)
def test_canonical_and_tidy_are_idempotent(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)
    assert tidy(tidy(text)) == tidy(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Yes.", "yes"),
        ("ＹＥＳ！", "yes"),
        ("１２３", "123"),
        ("你 好 吗？", "你好吗"),
        ("“好”", '"好"'),
        ("好\u200b的\ufeff", "好的"),
        ("❤\ufe0f", "❤"),
        ("\u202eabc", "abc"),
        ("a\u3000 b", "a b"),
        ("**Positive**", "positive"),
    ],
)
def test_same_answers_written_differently(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("yes", "no"), (".5", "5"), ("-1", "1"), ("a b", "ab"), ("#tag", "tag"), ("😀", "😁"), ("", "!")],
)
def test_different_answers_stay_different(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


def test_punctuation_only_is_kept() -> None:
    assert canonical("?!") == "?!"


@given(st.lists(ANY_TEXT, max_size=5))
def test_joined_lists_split_into_the_same_items(items: list[str]) -> None:
    canonical_items = [item for item in map(canonical, items) if item]
    assert split_list(join_list(items)) == canonical_items


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("", []),
        ("[]", []),
        ("None.", []),
        ("无", []),
        ("a, B ,c", ["a", "b", "c"]),
        ("口红、眼影；腮红", ["口红", "眼影", "腮红"]),
        ('["a, b", "c"]', ["a, b", "c"]),
        ("['a', 'b']", ["a", "b"]),
        ("a\na", ["a", "a"]),
        ("a,,b,", ["a", "b"]),
    ],
)
def test_list_answers(text: str, items: list[str]) -> None:
    assert split_list(text) == items


def test_deep_json_does_not_crash() -> None:
    assert isinstance(split_list("[" * 100_000 + "]" * 100_000), list)
