"""Which language a post is in: its script, then English function words, then CLD2 for what is left.

Under 140 characters a statistical model is often wrong where the script is certain, so it is asked last. Texts
without letters (emoji, numbers) have no language and stay.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl
import pycld2

from redone.corpus.kernels.buffers import text_buffers
from redone.corpus.kernels.words import english_words, function_words
from redone.corpus.settings.steps import LanguageSettings
from redone.corpus.step import StepResult, nothing_dropped, split
from redone.corpus.steps.features import with_features

_IDEOGRAPH_LETTERS = 3
"""Latin letters that one Chinese character weighs: about as many as say the same."""
_WORD_SHARE = 5
_ENGLISH_WORDS = 2


def detect(text: str) -> str | None:
    """Return the language that CLD2 is sure of, or None."""
    try:
        sure, _, found = pycld2.detect(text, isPlainText=True, bestEffort=False)
    except (pycld2.error, ValueError):
        # CLD2 refuses control characters; what it cannot read has no known language.
        return None
    code = str(found[0][1])
    return code.split("-")[0] if sure and code != "un" else None


@dataclass(frozen=True, slots=True)
class Language:
    """Fills ``language`` and drops what is surely in another one than those to keep."""

    settings: LanguageSettings = field(default_factory=LanguageSettings)
    name: str = "language"

    def run(self, table: pl.DataFrame) -> StepResult:
        """Return the rows in a language to keep, or in none."""
        table = with_features(table)
        known = table.select(self._by_script()).to_series()
        counters = {}
        asked = known == "?"
        if self.settings.trust_given:
            given = table["language"]
            asked &= given.is_null()
            counters["language.disagrees"] = int(((known != given) & (known != "?")).sum())
        rows = np.flatnonzero(asked.to_numpy())
        if len(rows):
            found, asked_model = _latin(table["text"], rows)
            known = known.scatter(rows, found)
            counters["language.model"] = asked_model
        known = known.replace("?", None)
        if self.settings.trust_given:
            known = table["language"].fill_null(known)
        table = table.with_columns(known.alias("language"))
        counters |= {
            f"language.is_{name or 'unknown'}": count for name, count in known.value_counts().iter_rows()
        }
        if not self.settings.keep:
            return StepResult(table, nothing_dropped(), {k: v for k, v in counters.items() if v})
        result = split(table, table.select(self._goes()).to_series())
        return StepResult(
            result.kept, result.dropped, {**{k: v for k, v in counters.items() if v}, **result.counters}
        )

    def _by_script(self) -> pl.Expr:
        """zh, ja, ko by their scripts, ``?`` for what has to be read, null without letters."""
        han, kana, hangul = pl.col("f_han"), pl.col("f_kana"), pl.col("f_hangul")
        others = pl.col("f_latin") + pl.col("f_letters")
        weight = _IDEOGRAPH_LETTERS * (han + kana + hangul) + others
        asian = _IDEOGRAPH_LETTERS * (han + kana + hangul) >= weight * self.settings.zh_share
        return (
            pl.when(weight == 0)
            .then(pl.lit(None, dtype=pl.String))
            .when(asian & (kana * 5 >= han) & (kana >= hangul) & (kana > 0))
            .then(pl.lit("ja"))
            .when(asian & (hangul * 2 >= han) & (hangul > 0))
            .then(pl.lit("ko"))
            .when(asian)
            .then(pl.lit("zh"))
            .otherwise(pl.lit("?"))
            .alias("known")
        )

    def _goes(self) -> pl.Expr:
        letters = sum((pl.col(f"f_{name}") for name in ("latin", "letters")), 3 * pl.col("f_han"))
        other = ~pl.col("language").is_in(list(self.settings.keep)) & pl.col("language").is_not_null()
        return pl.when(other & (letters >= self.settings.drop_from_letters)).then(
            pl.concat_str(pl.lit("language."), pl.col("language"))
        )


def _latin(texts: pl.Series, rows: npt.NDArray[np.intp]) -> tuple[pl.Series, int]:
    """Languages of rows that the script does not tell (null: unknown), and how many CLD2 was asked about."""
    part = texts.gather(rows)
    offsets, data = text_buffers(part)
    words = np.zeros(len(rows), dtype=np.int32)
    hits = np.zeros(len(rows), dtype=np.int32)
    english_words(offsets, data, np.arange(len(rows)), function_words(), words, hits)
    english = (hits >= _ENGLISH_WORDS) & (hits * _WORD_SHARE >= words)
    found = pl.Series("known", ["en"], dtype=pl.String).new_from_index(0, len(rows))
    left = np.flatnonzero(~english)
    if len(left):
        read = pl.Series("known", [detect(text) for text in part.gather(left).to_list()], dtype=pl.String)
        found = found.scatter(left, read)
    return found, len(left)
