"""How far an answer is from the reference: in edits, or in levels of a graded scale."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rapidfuzz.distance import Levenshtein

from redone.errors import UserError
from redone.scoring.normalise import canonical

_INTEGER = re.compile(r"[+-]?\d{1,6}")


def anls(answer: str, reference: str, params: Mapping[str, Any]) -> float:
    """1 minus the normalised edit distance of the canonical texts, by character.

    ``params["threshold"]`` (default 0) is the similarity below which nothing is paid; document VQA uses 0.5.
    """
    similarity = Levenshtein.normalized_similarity(canonical(answer), canonical(reference))
    return similarity if similarity >= float(params.get("threshold", 0.0)) else 0.0


def level_distance(answer: str, reference: str, params: Mapping[str, Any]) -> float:
    """1 minus the distance of two integer levels over the length of the scale.

    ``params["low"]`` and ``params["high"]`` bound the scale (default -1 and 3, the relevance levels of
    SNS-Bench). An answer that is no level of the scale gets 0.

    Raises:
        UserError: the reference is no level of the scale, or the scale is empty.

    """
    low, high = int(params.get("low", -1)), int(params.get("high", 3))
    if low >= high:
        raise UserError(f"level_distance: low {low} must be below high {high}")
    gold, level = _level(reference), _level(answer)
    if gold is None or not low <= gold <= high:
        raise UserError(f"level_distance: reference {reference!r} is no level from {low} to {high}")
    if level is None or not low <= level <= high:
        return 0.0
    return 1.0 - abs(level - gold) / (high - low)


def _level(text: str) -> int | None:
    plain = canonical(text)
    return int(plain) if _INTEGER.fullmatch(plain) else None
