"""Exact match, for closed tasks: 1 if the answer is one of the references, else 0 (RedOne 2.0, Eq. 2)."""

from __future__ import annotations

from collections.abc import Sequence

from redone.errors import UserError
from redone.records import Score
from redone.scoring.normalise import canonical
from redone.scoring.rewards.base import RewardItem, score_each


class ExactReward:
    """Compares canonical texts, so that case, width and a final stop do not decide. Our choice."""

    def score_many(self, items: Sequence[RewardItem]) -> list[Score]:
        """1.0 or 0.0 per item, component "exact"."""
        return score_each("exact", _score, items)


def _score(item: RewardItem) -> Score:
    if not item.example.references:
        raise UserError("the exact reward needs at least one reference")
    answer = canonical(item.answer)
    value = float(any(answer == canonical(reference) for reference in item.example.references))
    return Score(value=value, components={"exact": value}, answer=item.answer)
