"""Recall on generated forms of personal data, and what has to be left alone."""

import random

import polars as pl
import pytest

from redone.corpus.steps.pii import Pii
from redone.corpus.steps.pii_patterns import id_checksum, luhn

HAN = "零一二三四五六七八九"
WIDE = "０１２３４５６７８９"
CIRCLED = "⓪①②③④⑤⑥⑦⑧⑨"
BEFORE = ["", "找我：", "call me ", "电话", "出门前打 ", "联系方式 ", "有事打给我吧 ", "reach me at "]
AFTER = ["", "。", " 谢谢", " thanks", "！急", "，晚上在"]


def table(texts: list[str]) -> pl.DataFrame:
    null = pl.lit(None, dtype=pl.String)
    schema = {"id": pl.String, "text": pl.String}
    return pl.DataFrame(
        {"id": [str(i) for i in range(len(texts))], "text": texts}, schema=schema
    ).with_columns(
        source=pl.lit("s"), language=null, kind=pl.lit("note"), parent=null, likes=pl.lit(0, dtype=pl.Int64)
    )


def phone(rng: random.Random) -> str:
    plain = f"1{rng.choice('3456789')}" + "".join(rng.choices("0123456789", k=9))
    form = rng.randrange(9)
    if form < 3:
        return plain
    if form == 3:
        return f"{plain[:3]}{(sep := rng.choice('- .'))}{plain[3:7]}{sep}{plain[7:]}"
    if form == 4:
        return "".join(HAN[int(d)] for d in plain)
    if form == 5:
        return "".join(WIDE[int(d)] for d in plain)
    if form == 6:
        return "".join(CIRCLED[int(d)] for d in plain)
    if form == 7:
        return "+86 " + plain
    return " ".join(plain)


def id_card(rng: random.Random) -> str:
    day = f"{rng.randint(1950, 2010)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
    body = f"{rng.randint(110000, 659000)}{day}{rng.randint(0, 999):03d}"
    return next(body + last for last in "0123456789X" if id_checksum(body + last))


def bank_card(rng: random.Random) -> str:
    body = "62" + "".join(rng.choices("0123456789", k=rng.choice([13, 16])))
    whole = next(body + last for last in "0123456789" if luhn(body + last))
    return " ".join(whole[at : at + 4] for at in range(0, len(whole), 4)) if rng.random() < 0.4 else whole


def wechat(rng: random.Random) -> tuple[str, str]:
    name = rng.choice("abcxyz") + "".join(rng.choices("abcdefgh_0123456789", k=rng.randint(5, 12)))
    lead = rng.choice(
        [
            "微信",
            "微信：",
            "薇信号 ",
            "vx:",
            "VX ",
            "wx：",
            "加v ",
            "+V ",
            "V信",
            "WeChat: ",
            "微信号是",
            "wechat id: ",
            "威信",
            "加微 ",
        ]
    )
    return lead, name


def email(rng: random.Random) -> str:
    name = "".join(rng.choices("abcdef0123456789._", k=6)).strip("._") + "x"
    host = rng.choice(["qq.com", "163.com", "gmail.com", "mail.pku.edu.cn"])
    return name + rng.choice(["@", "@", "＠", " [at] "]) + host


def samples(kind: str, count: int) -> list[tuple[str, str]]:
    """(text, the part that must be gone)."""
    rng = random.Random(kind)
    found = []
    for _ in range(count):
        lead, tail = rng.choice(BEFORE), rng.choice(AFTER)
        if kind == "wechat":
            lead, secret = wechat(rng)
        elif kind == "qq":
            lead, secret = (
                rng.choice(["QQ", "qq：", "扣扣", "加QQ ", "Q群: ", "qq群"]),
                str(rng.randint(10**5, 10**10)),
            )
        elif kind == "profile":
            lead, secret = (
                "看 ",
                rng.choice(
                    [
                        "https://weibo.com/u/",
                        "xiaohongshu.com/user/profile/",
                        "https://space.bilibili.com/",
                        "t.me/",
                    ]
                )
                + str(rng.randint(10**5, 10**9)),
            )
            tail = " 吧"
        elif kind == "handle":
            lead, secret = (
                rng.choice(["Telegram: ", "TG：", "电报 ", "tg "]),
                "@user" + str(rng.randint(1, 9999)),
            )
        else:
            secret = {"phone": phone, "id_card": id_card, "bank_card": bank_card, "email": email}[kind](rng)
        found.append((f"{lead}{secret}{tail}", secret))
    return found


@pytest.mark.parametrize(
    "kind", ["phone", "id_card", "bank_card", "wechat", "qq", "email", "profile", "handle"]
)
def test_recall(kind: str) -> None:
    cases = samples(kind, 500)
    result = Pii().run(table([text for text, _ in cases]))
    texts = result.kept["text"].to_list()
    missed = [text for text, (_, secret) in zip(texts, cases, strict=True) if secret in text]
    assert len(missed) <= 5, missed[:10]
    assert result.counters["pii.texts"] >= 495
    assert result.counters[f"pii.{kind}"] >= 480, result.counters


HARMLESS = [
    "2026年11月20日 12:30 见",
    "价格1999元 原价 12800",
    "今天跑了 10000 步，消耗 1234567 卡",
    "快递单号 13800138000123",
    "订单13800138000已发货",
    "1 3 5 7 9 11 13 15 17 19 21 是奇数",
    "圆周率3.14159265358979323846",
    "一二三四五六七八九十",
    "二零二六年十一月二十日",
    "微信支付很方便",
    "我的微信被封了",
    "version 1.2.3.4.5 released",
    "v我50",
    "看VX的测评 wow",
    "@小明 你好",
    "room 404 not found",
    "比分 3-2 4-1 5-0",
    "QQ音乐好听",
    "加我一个",
    "tg",
    "电报是什么",
    "ISBN 9787020002207",
    "经纬度 116.403874 39.914885",
    "GDP 增长 123456789 亿",
    "The 1990s vs 2000-2010",
    "iPhone 15 Pro 256GB 8999",
    "https://www.bilibili.com/video/BV1xx411c7mD",
    "2026-11-20 13:45:59",
    "百度一下",
    "100000000000 stars",
    "五月一日二日三日四日五日六日",
    "¥13800138000",
    "#13800138000",
]


def test_other_numbers_are_left_alone() -> None:
    result = Pii().run(table(HARMLESS))
    assert result.kept["text"].to_list() == HARMLESS
    assert dict(result.counters) == {}


def test_mentions_are_kept_unless_asked() -> None:
    from redone.corpus.settings.steps import PiiSettings

    assert Pii(PiiSettings(mentions="mask")).run(table(["hi @小明 ok"])).kept["text"][0] == "hi <user> ok"


def test_counters_and_features_follow_the_text() -> None:
    result = Pii().run(table(["电话13800138000", "a@b.com 微信 abc_12345", "nothing"]))
    assert result.kept["text"].to_list() == ["电话<phone>", "<email> 微信 <wechat>", "nothing"]
    assert result.counters == {"pii.phone": 1, "pii.email": 1, "pii.wechat": 1, "pii.texts": 2}
    assert result.kept["f_chars"].to_list() == [9, 19, 7]
