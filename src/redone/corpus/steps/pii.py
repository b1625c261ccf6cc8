"""Masking of personal data. Only rows that the scan marked are read again, each by every pattern."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from redone.corpus.kernels.feature_names import CONTACT, MAIL, PATHS
from redone.corpus.settings.steps import PiiSettings
from redone.corpus.step import StepResult, nothing_dropped
from redone.corpus.steps.features import replace_texts, with_features
from redone.corpus.steps.pii_patterns import MENTION, PATTERNS, TO_DIGITS, Pattern

_SHORTEST_NUMBER = 7
SIGNS = {"mail": 1, "link": 2, "number": 4, "contact": 8}
MENTIONS = 16
_LONGEST_TEXT = 100_000
"""Characters of a piece that patterns see at once, so that none takes more than linear time on a long text."""


def spans(text: str, patterns: Sequence[Pattern] = PATTERNS) -> list[tuple[int, int, str]]:
    """Return (start, end, kind) of every find, in order and without overlap; earlier patterns win."""
    # Links are ASCII by themselves; all else may be written in other numerals.
    same = text.isascii() or all(pattern.sign == "link" for pattern in patterns)
    plain = text if same else text.translate(TO_DIGITS)
    low = plain.lower()
    taken: list[tuple[int, int, str]] = []
    for pattern in patterns:
        if pattern.hints and not any(hint in low for hint in pattern.hints):
            continue
        for found in pattern.regex.finditer(plain):
            if pattern.check is not None and not pattern.check(found):
                continue
            start, end = found.span("v" if "v" in pattern.regex.groupindex else 0)
            if all(end <= first or start >= last for first, last, _ in taken):
                taken.append((start, end, pattern.kind))
    return sorted(taken)


def mask(text: str, patterns: Sequence[Pattern], form: str, counts: Counter[str]) -> str:
    """Return the text with every find replaced; ``counts`` gets one per find and kind."""
    if len(text) > _LONGEST_TEXT:
        pieces = [text[at : at + _LONGEST_TEXT] for at in range(0, len(text), _LONGEST_TEXT)]
        return "".join(mask(piece, patterns, form, counts) for piece in pieces)
    out, last = [], 0
    for start, end, kind in spans(text, patterns):
        out += [text[last:start], form.format(kind=kind)]
        counts[kind] += 1
        last = end
    return "".join([*out, text[last:]])


@dataclass(frozen=True, slots=True)
class Pii:
    """Masks personal data in texts; no row is dropped."""

    settings: PiiSettings = field(default_factory=PiiSettings)
    name: str = "pii"

    def run(self, table: pl.DataFrame) -> StepResult:
        """Return all rows, masked; counters by kind, and the number of changed texts."""
        table = with_features(table)
        signs = self._signs(table)
        rows = np.flatnonzero(signs)
        if len(rows) == 0:
            return StepResult(table, nothing_dropped())
        counts: Counter[str] = Counter()
        before = table["text"].gather(rows).to_list()
        tried = {value: self._patterns(value) for value in range(2 * MENTIONS)}
        after = [
            mask(text, tried[sign], self.settings.mask, counts)
            for text, sign in zip(before, signs[rows].tolist(), strict=True)
        ]
        differs = np.array([a != b for a, b in zip(after, before, strict=True)], dtype=bool)
        changed = [text for text, other in zip(after, differs, strict=True) if other]
        counts["texts"] = len(changed)
        table = replace_texts(table, rows[differs], pl.Series("text", changed, dtype=pl.String))
        return StepResult(
            table, nothing_dropped(), {f"pii.{kind}": count for kind, count in counts.items() if count}
        )

    def _signs(self, table: pl.DataFrame) -> npt.NDArray[np.int64]:
        """Bits of ``SIGNS`` for every row."""
        flags = table["f_flags"].to_numpy()
        links = (table["f_links"].to_numpy() > 0) | (flags & PATHS != 0)
        signs = np.zeros(len(table), dtype=np.int64)
        signs[(flags & MAIL) != 0] |= SIGNS["mail"]
        signs[links] |= SIGNS["link"]
        signs[table["f_numerals"].to_numpy() >= _SHORTEST_NUMBER] |= SIGNS["number"]
        signs[(flags & CONTACT) != 0] |= SIGNS["contact"]
        if self.settings.mentions == "mask":
            signs[table["f_mentions"].to_numpy() > 0] |= MENTIONS
        return signs

    def _patterns(self, signs: int) -> tuple[Pattern, ...]:
        kinds = self.settings.kinds
        found = tuple(p for p in PATTERNS if p.kind in kinds and signs & SIGNS[p.sign])
        return (*found, MENTION) if signs & MENTIONS else found
