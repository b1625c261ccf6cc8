"""The task's own metric as reward, for open tasks (RedOne 2.0, Eq. 3)."""

from __future__ import annotations

from collections.abc import Sequence

from redone.records import Score
from redone.scoring.faults import checked_value
from redone.scoring.metrics import measure
from redone.scoring.rewards.base import RewardItem, score_each


class MetricReward:
    """Evaluates the metric that the spec names, best over the references."""

    def score_many(self, items: Sequence[RewardItem]) -> list[Score]:
        """Return the metric's value per item; components: the metric, and its parts where it is a mean."""
        return score_each("metric", _score, items)


def _score(item: RewardItem) -> Score:
    name, references, params = item.spec.metric, item.example.references, item.spec.params
    values = measure(name, item.answer, references, params)
    components = {part: checked_value(raw, f"metric/{part}", item.example.id) for part, raw in values.items()}
    return Score(value=components[name], components=components, answer=item.answer)
