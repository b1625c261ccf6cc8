"""The rewards that tasks share, by what they judge. Metric names are those of the scoring room's registry."""

from __future__ import annotations

from redone.scoring.spec import RewardSpec

EXACT = RewardSpec(kind="exact")
"""Closed tasks: 1 when the parsed answer equals a reference (RedOne 2.0, Eq. 2)."""

LIST_F1 = RewardSpec(kind="metric", metric="set_f1")
"""Answer lists: F1 of the item sets, so that naming everything costs precision."""

SPAN = RewardSpec(kind="metric", metric="span_overlap")
"""Verbatim pieces: mean of BLEU and ROUGE-L with the best reference."""

TRANSLATION = RewardSpec(kind="metric", metric="translation")
"""Translations: mean of BLEU and chrF against the references, 0..1."""

QUERY = RewardSpec(kind="metric", metric="query_similarity")
"""Search queries: likeness to the nearest acceptable query."""

WORDING = RewardSpec(kind="metric", metric="rouge_l")
"""Titles and replies with several acceptable wordings: ROUGE-L with the nearest."""

SANDBOX = RewardSpec(kind="sandbox")
"""Code: 1 when every hidden input gives the expected output (Eq. 4)."""

PATTERN = RewardSpec(kind="pattern")
"""Format: 1 when the whole answer matches the example's pattern, whatever it says (Eq. 5)."""
