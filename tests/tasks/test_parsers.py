import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redone.tasks.parsers import PARSERS, canonical_number

FOOD = ("food", "tech", "pets")
YES_NO = ("是", "否")


@pytest.mark.parametrize(
    ("text", "choices", "wanted"),
    [
        ("food", FOOD, "food"),
        (" Food. ", FOOD, "food"),
        ("ＦＯＯＤ", FOOD, "food"),
        ("Topic: food", FOOD, "food"),
        ("答案：美食", ("美食", "宠物"), "美食"),
        ("“美食”。", ("美食", "宠物"), "美食"),
        ("answer is food", FOOD, "food"),
        ("<think>tech or food?</think> food", FOOD, "food"),
        ("it smells of tech ; answer food", FOOD, "food"),
        ("食物很香，答案是否", YES_NO, "否"),
        ("[food]", FOOD, "food"),
        ("food, tech", FOOD, None),
        ("food tech pets", FOOD, None),
        ("food\ntech", FOOD, None),
        ("answer food answer tech", FOOD, None),
        ("answer: food. answer: food", FOOD, "food"),
        ("not food", FOOD, None),
        ("food because it is eaten", FOOD, None),
        ("<think>food", FOOD, None),
        ("fооd", FOOD, None),  # two Cyrillic letters: another word
        ("", FOOD, None),
        ("是否", YES_NO, None),
        ("-1", ("-1", "0", "1"), "-1"),
        ("1", ("-1", "0", "1"), "1"),
        ("Level: -1", ("-1", "0", "1"), "-1"),
    ],
)
def test_label(text, choices, wanted):
    assert PARSERS["label"](text, choices) == wanted


@pytest.mark.parametrize(
    ("parser", "text", "wanted"),
    [
        ("list", "b, a", "b, a"),
        ("list", "#b #a", "b, a"),
        ("list", '["b", "A"]', "b, A"),
        ("list", "标签：甲、乙", "甲, 乙"),
        ("list", "甲、乙", "甲, 乙"),
        ("list", "a, b, A", "a, b"),
        ("list", "a\nb", "a, b"),
        ("list", "none", "[]"),
        ("list", "无", "[]"),
        ("list", "[]", "[]"),
        ("list", "", None),
        ("path", "Food > Drinks > Cola", "Food | Drinks | Cola"),
        ("path", "路径：美食｜饮品｜可乐", "美食 | 饮品 | 可乐"),
        ("path", "food", None),
        ("number", "23", "23"),
        ("number", "8*2=16 ; 7+16=23 ; answer 23", "23"),
        ("number", "7+8*2=23", "23"),
        ("number", "答案：２３。", "23"),
        ("number", "-5", "-5"),
        ("number", "1,200", "1200"),
        ("number", "022", "22"),
        ("number", "23 24", None),
        ("number", "23 or 24", None),
        ("number", "answer", None),
        ("text", "Translation: I like it\nmore", "I like it"),
        ("text", "“我喜欢”", "我喜欢"),
        ("text", " ", None),
        ("span", "39 yuan.", "39 yuan"),
        ("span", "Price: 39 yuan", "39 yuan"),
        ("span", "无", "[]"),
        ("span", "39 yuan\n40 yuan", None),
        ("words", "sun, cat dog", "sun cat dog"),
        ("text", "我喜欢，真的。", "我喜欢，真的。"),
        ("words", "answer sun cat", "sun cat"),
        ("code", "```python\nmax(xs)\n```", "max(xs)"),
        ("code", "return max(xs)", "max(xs)"),
        ("code", "answer max(xs)", "max(xs)"),
        ("code", "a\nb", None),
        ("free", " [a b] ", "[a b]"),
    ],
)
def test_other_parsers(parser, text, wanted):
    assert PARSERS[parser](text, ()) == wanted


@settings(deadline=None)
@given(st.sampled_from(sorted(PARSERS)), st.text(max_size=60))
def test_any_text_is_read_or_refused_and_reading_again_changes_nothing(parser, text):
    once = PARSERS[parser](text, FOOD)
    assert once is None or (isinstance(once, str) and once)
    if parser in {"label", "list", "number"} and once is not None:
        assert PARSERS[parser](once, FOOD) == once


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(FOOD), min_size=2, unique=True),
    st.sampled_from([", ", " ", "/", "\n", "、", "; "]),
)
def test_several_options_are_no_label(options, separator):
    assert PARSERS["label"](separator.join(options), FOOD) is None


@settings(deadline=None)
@given(st.integers(-(10**6), 10**6))
def test_numbers_survive_padding(number):
    padded = f"{'-' if number < 0 else '+'}00{abs(number)}.00"
    assert canonical_number(padded) == str(number)
