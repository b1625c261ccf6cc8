"""Answers that are lists: hashtags, entities, highlight words, chosen options."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from redone.scoring.normalise import split_list


def set_f1(answer: str, reference: str, params: Mapping[str, Any]) -> float:
    """F1 between the two sets of items (micro within this one example); repeats count once.

    Two empty sets agree fully: 1.
    """
    predicted, gold = set(split_list(answer)), set(split_list(reference))
    return _f1(len(predicted & gold), len(predicted), len(gold))


def list_f1(answer: str, reference: str, params: Mapping[str, Any]) -> float:
    """F1 between the two multisets of items, so that naming one item many times costs precision.

    Two empty lists agree fully: 1. Order does not matter.
    """
    predicted, gold = Counter(split_list(answer)), Counter(split_list(reference))
    return _f1((predicted & gold).total(), predicted.total(), gold.total())


def _f1(common: int, predicted: int, gold: int) -> float:
    if predicted == gold == 0:
        return 1.0
    return 2 * common / (predicted + gold)
