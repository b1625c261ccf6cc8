"""Overlap of free spans, for reading comprehension: ROUGE-L, and the mean of BLEU and ROUGE-L."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rapidfuzz.distance import LCSseq
from sacrebleu.metrics import BLEU

from redone.scoring.tokens import tokenise

_BLEU = BLEU(tokenize="none", effective_order=True, force=True)


def rouge_l(answer: str, reference: str, params: Mapping[str, Any]) -> float:
    """F1 of the longest common subsequence of tokens."""
    left, right = tokenise(answer), tokenise(reference)
    if not left or not right:
        return float(left == right)
    return float(2 * LCSseq.similarity(left, right) / (len(left) + len(right)))


def span_overlap(answer: str, reference: str, params: Mapping[str, Any]) -> float:
    """Return the mean of sentence BLEU (effective order, for spans may be one word) and ROUGE-L."""
    left, right = tokenise(answer), tokenise(reference)
    if not left or not right or left == right:
        return float(left == right)
    bleu = _BLEU.sentence_score(" ".join(left), [" ".join(right)]).score / 100
    return (min(1.0, float(bleu)) + rouge_l(answer, reference, params)) / 2
