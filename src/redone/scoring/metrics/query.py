"""Similarity of search queries, for query generation.

SNS-Bench takes the mean of a sentence-encoder cosine and ANLS. An encoder is a model, which this room does
not know, so the cosine here is over character n-grams. The two are not comparable in absolute value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from math import sqrt
from typing import Any

from redone.scoring.metrics.distance import anls
from redone.scoring.normalise import canonical

_LONGEST_NGRAM = 3


def query_similarity(answer: str, reference: str, params: Mapping[str, Any]) -> float:
    """Return the mean of the cosine of character 1- to 3-gram counts and of ANLS."""
    return (ngram_cosine(answer, reference) + anls(answer, reference, {})) / 2


def ngram_cosine(left: str, right: str) -> float:
    """Return the cosine of the two counts of character 1- to 3-grams; 1 if both texts are empty."""
    one, other = _ngrams(canonical(left)), _ngrams(canonical(right))
    if not one or not other:
        return float(one == other)
    dot = sum(count * other[gram] for gram, count in one.items())
    return min(1.0, dot / sqrt(_square(one) * _square(other)))


@lru_cache(maxsize=16384)
def _ngrams(text: str) -> Counter[str]:
    return Counter(
        text[start : start + size]
        for size in range(1, _LONGEST_NGRAM + 1)
        for start in range(len(text) - size + 1)
    )


def _square(counts: Counter[str]) -> int:
    return sum(count * count for count in counts.values())
