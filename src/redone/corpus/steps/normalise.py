"""One form for what reads the same: NFC, line ends, no invisible characters; emoji sequences stay whole."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from redone.corpus.kernels.feature_names import EDGES, UNCLEAN
from redone.corpus.step import StepResult, split
from redone.corpus.steps.features import replace_texts, with_features
from redone.sources.ingest.text import clean_text

_ENDS = re.compile("\r\n?|[\u0085\u2028\u2029]")
_BLANK = re.compile(r"\n[ \t\u3000]*\n(?:[ \t\u3000]*\n)+")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f]")
_BROKEN = re.compile("[\x00\ud800-\udfff]")
_C1 = re.compile("[\x80-\x84\x86-\x9f]")


def normalise(text: str, changes: Counter[str]) -> str:
    """Return the clean form of a text; what was changed is added to ``changes``, a text counting once per kind.

    Compatibility forms (full width, ligatures) stay: they carry tone in posts. White space at both ends goes,
    and more than one blank line in a row.
    """
    stripped: Counter[str] = Counter()
    steps: tuple[tuple[str, Callable[[str], str]], ...] = (
        ("broken", lambda t: _C1.sub("", _BROKEN.sub("", t))),
        ("newlines", lambda t: _ENDS.sub("\n", t)),
        ("invisible", lambda t: clean_text(t, stripped, "strip")),
        ("spaces", lambda t: _BLANK.sub("\n\n", _SPACES.sub(" ", t)).strip()),
        ("nfc", lambda t: unicodedata.normalize("NFC", t)),
    )
    for kind, change in steps:
        after = change(text)
        if after != text:
            changes[kind] += 1
            text = after
    for kind, count in stripped.items():
        changes[f"removed_{kind.replace('-', '_')}"] += count
    return text


@dataclass(frozen=True, slots=True)
class Normalise:
    """Normalises texts, and drops those of which nothing is left."""

    name: str = "normalise"

    def run(self, table: pl.DataFrame) -> StepResult:
        """Look only at the rows that the scan marked."""
        table = with_features(table)
        flags = table["f_flags"].to_numpy()
        changes: Counter[str] = Counter()
        edges = np.flatnonzero(flags & (UNCLEAN | EDGES) == EDGES)
        if len(edges):
            # By far the most frequent fault, and nothing else in the text has to be looked at.
            changes["spaces"] = changes["texts"] = len(edges)
            table = replace_texts(table, edges, table["text"].gather(edges).str.strip_chars())
        rows = np.flatnonzero(flags & UNCLEAN)
        if len(rows):
            before = table["text"].gather(rows).fill_null("").to_list()
            after = [normalise(text, changes) for text in before]
            differs = np.array([a != b for a, b in zip(after, before, strict=True)], dtype=bool)
            changes["texts"] += int(differs.sum())
            changed = [text for text, other in zip(after, differs, strict=True) if other]
            table = replace_texts(table, rows[differs], pl.Series("text", changed, dtype=pl.String))
        reason = pl.when(pl.col("f_chars") == pl.col("f_spaces")).then(pl.lit("normalise.empty"))
        result = split(table, table.select(reason).to_series())
        counters = {f"normalise.{kind}": count for kind, count in changes.items() if count}
        return StepResult(result.kept, result.dropped, {**counters, **result.counters})
