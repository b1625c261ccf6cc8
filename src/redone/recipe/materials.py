"""What all stages of a run work with: the dataset and the scorer. Prepared once per process."""

from __future__ import annotations

from dataclasses import dataclass

from redone.recipe.dataset import Dataset
from redone.tasks import Scorer


@dataclass(frozen=True, slots=True)
class Materials:
    """``scorer`` holds the sandbox, if this machine has one."""

    dataset: Dataset
    scorer: Scorer
