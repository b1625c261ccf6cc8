"""What all stages of a run work with: the dataset and the scorer. Prepared once per process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from redone.recipe.dataset import Dataset
from redone.records import Example, Score
from redone.tasks import Scorer
from redone.training.parallel import current_world, shared_reward


class SharedScorer(Scorer):
    """In a stage of several processes the first one scores for all, so that all decide alike."""

    def score_many(self, items: Sequence[tuple[Example, str, bool]]) -> list[Score]:
        """As ``Scorer`` does it."""
        world = current_world()
        plain = super().score_many
        return plain(items) if world is None else shared_reward(plain, world)(list(items))


@dataclass(frozen=True, slots=True)
class Materials:
    """``scorer`` holds the sandbox, if this machine has one."""

    dataset: Dataset
    scorer: Scorer
