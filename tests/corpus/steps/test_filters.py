"""Informal filters, language, rules and adverts on single cases; thresholds per source."""

import polars as pl
import pytest

from redone.corpus.settings.steps import (
    InformalLimits,
    InformalSettings,
    LanguageSettings,
    RuleSettings,
    SourceRule,
    SpamSettings,
)
from redone.corpus.steps.informal import Informal
from redone.corpus.steps.language import Language
from redone.corpus.steps.rules import Rules
from redone.corpus.steps.spam import Spam
from redone.errors import UserError

POST = "周末去了新开的咖啡店，拿铁很好喝，店员也很热情，推荐大家去坐坐，靠窗的位置阳光特别好，下次还会再来的"


def table(*texts: str, **columns: object) -> pl.DataFrame:
    plain = {"id": [str(i) for i in range(len(texts))], "source": "s", "text": list(texts), "language": None}
    rest = {"created": None, "author": None, "kind": "note", "parent": None, "likes": 0, "licence": "x"}
    types = {"language": pl.String, "author": pl.String, "parent": pl.String, "created": pl.Datetime("us")}
    found = pl.DataFrame(plain | rest | columns)
    return found.with_columns(pl.col(name).cast(kind) for name, kind in types.items())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (POST, None),
        ("哈" * 200, "top_character"),
        ("买它买它快快" * 30, "repetition"),
        ("@" + " @".join(f"user{i}" for i in range(60)), "mentions"),
        (" ".join(f"#tag{i}" for i in range(60)), "tags"),
        ("=-=-/*+" * 20, "symbols"),
        ("https://example.org/" + "abcdefghij/klmnopq?x=1&y=2" * 8, "links"),
    ],
)
def test_informal_filter(text: str, reason: str | None) -> None:
    dropped = Informal().run(table(text)).dropped["reason"].to_list()
    assert dropped == ([f"informal.{reason}"] if reason else [])


def test_limits_are_per_source() -> None:
    limits = InformalSettings(sources={"zh": InformalLimits(min_han_share=0.5, min_chars=5)})
    rows = table(
        "plain English words only, enough of them to be looked at",
        "短",
        POST,
        "短",
        source=["zh", "zh", "zh", "s"],
    )
    result = Informal(limits).run(rows)
    assert result.kept["id"].to_list() == ["2", "3"]
    assert result.dropped["reason"].to_list() == ["informal.han", "informal.too_short"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (POST, "zh"),
        ("今天的 OOTD 分享 look", "zh"),
        ("just had the best coffee with my friends", "en"),
        ("日本のコーヒーはとても美味しいです", "ja"),
        ("오늘 카페에서 커피를 마셨어요", "ko"),
        ("Сегодня мы ходили в новое кафе и пили кофе", "ru"),
        ("Hoy fuimos a la nueva cafetería y tomamos un café muy rico con amigos", "es"),
        ("😂😂😂", None),
        ("12345", None),
        ("asdf qwer zxcv", None),
    ],
)
def test_language(text: str, language: str | None) -> None:
    assert Language().run(table(text)).kept["language"][0] == language


def test_only_a_sure_other_language_goes() -> None:
    spanish = "Hoy fuimos a la nueva cafetería y tomamos un café muy rico con amigos"
    result = Language(LanguageSettings(keep=("zh", "en"))).run(table(POST, spanish, "hola", "😂"))
    assert result.kept["id"].to_list() == ["0", "2", "3"]
    assert result.dropped.rows() == [("1", "language.es", "")]


def test_a_given_language_is_trusted_and_disagreement_counted() -> None:
    result = Language().run(table(POST, POST, language=["en", None]))
    assert result.kept["language"].to_list() == ["en", "zh"]
    assert result.counters["language.disagrees"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "日赚500元轻松兼职，加微信abc12345详聊",
        "代购正品，私信我，vx:shop8888 包邮",
        "Earn $500 from home! click here http://x.co DM me",
        "贷款无抵押秒到账 QQ123456789",
    ],
)
def test_adverts_go(text: str) -> None:
    assert Spam().run(table(text)).dropped["reason"].to_list() == ["spam.advert"]


@pytest.mark.parametrize(
    "text",
    [
        POST,
        "今天包邮吗？",
        "微信上聊",
        "房贷款还清了！2026年加油",
        "my promo code expired lol",
        "这家店被骗了，刷单的都是骗子，报警 110",
        "贷款利率降到3.1%了",
    ],
)
def test_talk_about_adverts_stays(text: str) -> None:
    assert len(Spam().run(table(text)).kept) == 1


def test_sources_can_be_exempt() -> None:
    assert (
        len(
            Spam(SpamSettings(exempt_sources=("s",))).run(table("日赚500元轻松兼职，加微信abc12345详聊")).kept
        )
        == 1
    )


def test_rules_name_their_reason() -> None:
    rules = RuleSettings(
        rules=(
            SourceRule(name="tagged", sources=("tags",), needs_tag=True),
            SourceRule(name="hangs", kinds=("comment",), needs_parent=True),
            SourceRule(name="liked", sources=("s",), min_likes=3),
        )
    )
    rows = table(
        "#a# x", "x", "x", "y", source=["tags", "tags", "o", "s"], kind=["note", "note", "comment", "note"]
    )
    result = Rules(rules).run(rows)
    assert result.kept["id"].to_list() == ["0"]
    assert result.dropped["reason"].to_list() == ["rules.tagged", "rules.hangs", "rules.liked"]


def test_a_wrong_date_names_rule_and_value() -> None:
    with pytest.raises(UserError, match="'new': since = 'soon'"):
        Rules(RuleSettings(rules=(SourceRule(name="new", since="soon"),))).run(table("x"))
