"""Closed answers: one label, a set of labels, a number."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from redone.scoring.normalise import canonical, split_list


def exact(answer: str, reference: str, params: Mapping[str, Any]) -> float:
    """1 if the canonical texts are equal, else 0."""
    return float(canonical(answer) == canonical(reference))


def label_accuracy(answer: str, reference: str, params: Mapping[str, Any]) -> float:
    """1 if both name the same set of labels, whatever their order and repeats, else 0."""
    return float(set(split_list(answer)) == set(split_list(reference)))


def numeric(answer: str, reference: str, params: Mapping[str, Any]) -> float:
    """1 if both are the same number ("1,200", "1200.0" and full-width digits are), else 0.

    ``params["tolerance"]`` (default 0) is the largest absolute difference that still counts.
    """
    left, right = _number(answer), _number(reference)
    if left is None or right is None:
        return float(canonical(answer) == canonical(reference))
    return float(abs(left - right) <= Decimal(str(params.get("tolerance", 0))))


def _number(text: str) -> Decimal | None:
    plain = canonical(text).replace(",", "").replace(" ", "")
    # A bound on the exponent: the difference of 1e999999 and 1 would be a million digits long.
    if len(plain) > 40 or "e" in plain:
        return None
    try:
        number = Decimal(plain)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
