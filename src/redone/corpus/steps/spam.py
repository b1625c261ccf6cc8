"""Adverts: signs that each prove little, added up.

A sign is a phrase of the trade, an invitation to another channel, a price, a link, or the same words over and
over. A post that names one of them talks about it; an advert shows several.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import resources

import polars as pl

from redone.corpus.kernels.feature_names import CONTACT, MAIL
from redone.corpus.settings.steps import SpamSettings
from redone.corpus.step import StepResult, nothing_dropped, split
from redone.corpus.steps.features import with_features


def _phrases(kind: str) -> tuple[str, ...]:
    rows = (
        resources.files("redone.corpus.steps").joinpath("advert_phrases.tsv").read_text("utf-8").splitlines()
    )
    return tuple(phrase for row in rows for name, phrase in [row.split("\t")] if name == kind)


OFFERS = _phrases("offer")
"""What adverts offer (our list, from common forms of the trade in both languages)."""
CALLS = _phrases("call")
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
