"""The safety floor: a short post is a message, whatever it is made of."""

import random

import polars as pl
import pytest

from redone.corpus.steps.informal import Informal
from redone.corpus.steps.language import Language
from redone.corpus.steps.normalise import Normalise
from redone.corpus.steps.pii import Pii
from redone.corpus.steps.rules import Rules
from redone.corpus.steps.spam import Spam

EMOJI = [
    "😂",
    "❤️",
    "👍🏽",
    "👩\u200d💻",
    "🏳️\u200d🌈",
    "1️⃣",
    "🇨🇳",
    "✨",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
]
WORDS = [
    "哈",
    "好",
    "？",
    "！",
    "a",
    "ok",
    "lol",
    " ",
    "…",
    "6",
    "草",
    "、",
    "~",
    "。",
    "ん",
    "[doge]",
    "#a#",
    "@b",
    "\n",
]


def table(texts: list[str]) -> pl.DataFrame:
    null = pl.lit(None, dtype=pl.String)
    schema = {"id": pl.String, "text": pl.String}
    return pl.DataFrame({"id": [str(i) for i in range(len(texts))], "text": texts}, schema=schema).with_columns(
        source=pl.lit("s"), language=null, created=pl.lit(None, dtype=pl.Datetime("us")), author=null,
        kind=pl.lit("note"), parent=null, likes=pl.lit(0, dtype=pl.Int64), licence=pl.lit("x"),
    )  # fmt: skip


def short_posts() -> list[str]:
    rng = random.Random(5)
    posts = [face * times for face in EMOJI for times in (1, 2, 5, 20)]
    posts += (
        ["哈" * n for n in range(1, 21)]
        + ["6" * n for n in range(1, 6)]
        + ["?", "。。。", "[doge][doge][doge]", "#穿搭#", "@你"]
    )
    posts += ["".join(rng.choices(EMOJI + WORDS, k=rng.randint(1, 10))) for _ in range(1500)]
    return [post for post in posts if post.strip()]


@pytest.mark.parametrize(
    "step", [Normalise(), Informal(), Language(), Spam(), Rules(), Pii()], ids=lambda s: s.name
)
def test_no_short_post_is_lost(step) -> None:
    posts = short_posts()
    result = step.run(table(posts))
    assert len(result.dropped) == 0
    assert result.kept["id"].to_list() == [str(i) for i in range(len(posts))]


def test_emoji_stay_whole() -> None:
    posts = [face * 3 for face in EMOJI]
    assert Normalise().run(table(posts)).kept["text"].to_list() == posts


@pytest.mark.parametrize(
    "step", [Normalise(), Informal(), Language(), Spam(), Rules(), Pii()], ids=lambda s: s.name
)
def test_an_empty_table_stays_one(step) -> None:
    result = step.run(table([]))
    assert len(result.kept) == len(result.dropped) == 0
    assert result.dropped.columns == ["id", "reason", "detail"]


@pytest.mark.parametrize(
    "step", [Normalise(), Informal(), Language(), Spam(), Rules(), Pii()], ids=lambda s: s.name
)
def test_every_row_is_kept_or_dropped(step) -> None:
    rng = random.Random(1)
    texts = [
        "".join(
            rng.choices(
                [*WORDS, "微信", "v", "13800138000", "a@b.cn", "\u200b", "\u202e", "é", "e\u0301", "\r"],
                k=rng.randint(0, 80),
            )
        )
        for _ in range(800)
    ]
    result = step.run(table(texts))
    assert sorted([*result.kept["id"], *result.dropped["id"]], key=int) == [str(i) for i in range(800)]
    assert result.dropped["reason"].null_count() == 0
