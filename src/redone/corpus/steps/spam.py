"""Adverts: signs that each prove little, added up.

A sign is a phrase of the trade, an invitation to another channel, a price, a link, or the same words over and
over. A post that names one of them talks about it; an advert shows several.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from redone.corpus.kernels.scan import CONTACT, MAIL
from redone.corpus.settings.steps import SpamSettings
from redone.corpus.step import StepResult, nothing_dropped, split
from redone.corpus.steps.features import with_features

OFFERS = [
    "日赚",
    "月入过万",
    "轻松兼职",
    "兼职刷单",
    "刷单",
    "刷粉",
    "涨粉",
    "代刷",
    "代购正品",
    "高仿",
    "莆田",
    "一件代发",
    "厂家直销",
    "诚招代理",
    "招代理",
    "加盟热线",
    "免费领取",
    "扫码领",
    "包邮",
    "秒到账",
    "无抵押",
    "贷款",
    "套现",
    "网贷",
    "征信",
    "棋牌",
    "博彩",
    "彩票计划",
    "下注",
    "百家乐",
    "返利",
    "内部优惠券",
    "低价出售",
    "代开发票",
    "办证",
    "外围",
    "约炮",
    "裸聊",
    "稳赚",
    "带单",
    "荐股",
    "保本",
    "推广引流",
    "躺赚",
    "make money fast",
    "work from home",
    "earn $",
    "passive income",
    "free followers",
    "buy followers",
    "promo code",
    "discount code",
    "limited offer",
    "100% free",
    "click here",
    "free iphone",
    "claim your",
    "casino",
    "forex signals",
    "crypto signals",
    "double your",
    "viagra",
    "cheap replica",
    "guaranteed profit",
    "onlyfans",
    "sugar daddy",
]
"""What adverts offer (our list, from common forms of the trade in both languages)."""
CALLS = [
    "详聊",
    "咨询",
    "私信我",
    "私我",
    "加我",
    "戳我",
    "滴滴我",
    "联系我",
    "扫码",
    "进群",
    "点击链接",
    "点我头像",
    "主页有",
    "看主页",
    "看简介",
    "链接在评论",
    "名额有限",
    "先到先得",
    "dm me",
    "dm for",
    "link in bio",
    "inbox me",
    "whatsapp",
    "text me",
    "sign up now",
    "order now",
    "shop now",
    "follow back",
    "f4f",
    "check my bio",
    "join now",
    "contact me",
    "telegram",
    "message me",
]
"""What adverts ask the reader to do."""
_PRICE = r"(?i)(?:[¥￥$]\s?\d|\d+\s?(?:元|块|rmb|usd|%\s?off|折|w\b)|日结|到手价|原价|现价)"


def _points(phrases: tuple[str, ...]) -> pl.Expr:
    text = pl.col("text").str.to_lowercase()
    offers = text.str.extract_many([*OFFERS, *phrases]).list.n_unique()
    calls = text.str.extract_many(list(CALLS)).list.len() > 0
    contact = pl.col("f_flags").cast(pl.UInt32) & CONTACT != 0
    return (
        1.5 * offers.clip(upper_bound=2)
        + 1.0 * calls
        + 1.0 * contact
        + 0.5 * text.str.contains(_PRICE)
        + 0.5 * (pl.col("f_links") > 0)
        + 1.0 * (pl.col("f_repeats") * 2 > pl.col("f_chars"))
        + 0.5 * (pl.col("f_mentions") > 5)
        + 0.5 * (pl.col("f_tags") > 8)
    )


def _signed() -> pl.Expr:
    """Rows with any sign that costs nothing to see: phrases are looked for only in these."""
    contact = pl.col("f_flags").cast(pl.UInt32) & (CONTACT | MAIL) != 0
    much = (pl.col("f_mentions") > 5) | (pl.col("f_tags") > 8) | (pl.col("f_repeats") * 2 > pl.col("f_chars"))
    return contact | (pl.col("f_numerals") > 1) | (pl.col("f_links") > 0) | much


@dataclass(frozen=True, slots=True)
class Spam:
    """Drops posts whose signs reach the limit."""

    settings: SpamSettings = field(default_factory=SpamSettings)
    name: str = "spam"

    def run(self, table: pl.DataFrame) -> StepResult:
        """Return the posts that are no adverts; the detail says the points."""
        table = with_features(table)
        offers = [*OFFERS, *self.settings.phrases]
        signed = table.select(_signed()).to_series()
        named = table["text"].filter(signed).str.contains_any(offers, ascii_case_insensitive=True)
        suspect = signed.clone().scatter(signed.arg_true(), named)
        if self.settings.exempt_sources:
            suspect &= ~table["source"].is_in(list(self.settings.exempt_sources))
        if not suspect.any():
            return StepResult(table, nothing_dropped())
        some = table.filter(suspect)
        points = some.select(_points(self.settings.phrases).cast(pl.Float64).alias("points"))["points"]
        is_spam = points >= self.settings.limit
        reason = pl.select(pl.when(is_spam).then(pl.lit("spam.advert"))).to_series()
        found = split(some, reason, points.round(1).cast(pl.String))
        goes = suspect.clone().scatter(suspect.arg_true(), is_spam)
        return StepResult(table.filter(~goes), found.dropped, found.counters)
