"""The scan counts what a plain loop over code points counts, and marks every text that normalising would change."""

import sys
import unicodedata
from collections import Counter

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redone.corpus.kernels.feature_names import EDGES, FEATURES, UNCLEAN
from redone.corpus.steps.features import scan_texts
from redone.corpus.steps.normalise import normalise

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
SOCIAL = st.lists(
    st.sampled_from(
        [*"ab #@[]微信加vVqQ1２三①，。\n哈😂❤️", "https://t.cn/x ", "👩\u200d💻", "[doge]", "#a#"]
    ),
    max_size=40,
).map("".join)


def features(*texts: str) -> list[dict[str, int]]:
    found = scan_texts(pl.Series("text", list(texts), dtype=pl.String))
    return [dict(zip(FEATURES, found[:, at].tolist(), strict=True)) for at in range(len(texts))]


@settings(max_examples=200, deadline=None)
@given(TEXT | SOCIAL)
def test_counts_agree_with_a_plain_loop(text: str) -> None:
    found = features(text)[0]
    assert found["chars"] == len(text)
    kinds = ("han", "latin", "digits", "spaces", "emoji", "kana", "hangul", "letters", "symbols")
    assert sum(found[kind] for kind in kinds) <= len(text)
    solid = Counter(char for char in text if not char.isspace())
    if solid and not found["links"]:
        top = max(solid.values())
        # Exact from a quarter of the text on; below it no filter looks.
        assert found["top"] >= top or 4 * top < len(text) or not text.isprintable()
    assert found["repeats"] <= len(text)
    assert features("x", text, "y")[1] == found


@settings(max_examples=300, deadline=None)
@given(TEXT | SOCIAL)
def test_what_normalising_would_change_is_marked(text: str) -> None:
    if normalise(text, Counter()) != text:
        assert features(text)[0]["flags"] & (UNCLEAN | EDGES)


def test_every_code_point_that_normalising_changes_is_marked() -> None:
    chars = [chr(code) for code in range(1, sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF]
    chars = [char for char in chars if unicodedata.category(char) not in ("Cn", "Co")]
    texts = [f"a{char}b" for char in chars]
    found = scan_texts(pl.Series("text", texts, dtype=pl.String))
    flags = found[FEATURES.index("flags")]
    missed = [
        hex(ord(char))
        for char, text, flag in zip(chars, texts, flags.tolist(), strict=True)
        if not flag & UNCLEAN and normalise(text, Counter()) != text
    ]
    assert missed == []


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("哈哈哈哈abc", "run", 4),
        ("[doge][笑cry] ok", "codes", 2),
        ("[这不是一个平台表情代码吧]", "codes", 0),
        ("#穿搭# #ootd", "tags", 2),
        ("C# is # not", "tags", 0),
        ("see https://t.cn/a and www.b.com", "links", 2),
        ("@bob hi a@b.com", "mentions", 1),
        ("电话幺三八零零一三八零零零", "numerals", 11),
        ("138-0013-8000", "numerals", 11),
        ("日本語のテスト", "kana", 4),
        ("한국어", "hangul", 3),
        ("Привет", "letters", 6),
        ("ａｂ", "latin", 2),
    ],
)
def test_feature(text: str, name: str, value: int) -> None:
    assert features(text)[0][name] == value


def test_repetition_is_the_covered_share() -> None:
    once = "日赚500元轻松兼职，加微信详聊，名额有限"
    assert features(once)[0]["repeats"] == 0
    assert features(once * 4)[0]["repeats"] == 3 * len(once)
