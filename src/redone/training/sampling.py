"""What training needs of a sampler and of a reward, and the checks on what they return."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from redone.errors import RedoneError
from redone.model.completion import Completion, SamplingSettings
from redone.records import Score

Reward = Callable[[list[tuple[Any, str, bool]]], list[Score]]


class Sampler(Protocol):
    """Samples groups of answers from the current policy."""

    def generate(
        self, prompts: Sequence[Sequence[int]], settings: SamplingSettings, seed: int
    ) -> list[list[Completion]]:
        """``group_size`` answers to each prompt; the same arguments and weights give the same answers."""


class RewardError(RedoneError):
    """The reward failed or returned something that is not a score; the message names the sample."""


def score_answers(reward: Reward, items: list[tuple[Any, str, bool]], names: Sequence[str]) -> list[Score]:
    """The scores of (payload, text, finished) items; ``names`` says whose answers they are, for errors.

    Raises:
        RewardError: the reward raised, or returned another number of values, or something that is no score.
        RedoneError: the reward's own typed error passes unchanged.

    """
    if not items:
        return []
    label = getattr(reward, "__name__", type(reward).__name__)
    try:
        scores = reward(items)
    except RedoneError:
        raise
    except Exception as error:
        raise RewardError(
            f"the reward {label} raised {type(error).__name__}: {error}; "
            f"while scoring {len(items)} answers to {names[0]} ... {names[-1]}"
        ) from error
    if len(scores) != len(items):
        raise RewardError(f"the reward {label} returned {len(scores)} scores for {len(items)} answers")
    for name, score in zip(names, scores, strict=True):
        if not isinstance(score, Score):
            raise RewardError(
                f"the reward {label} returned {score!r} for an answer to {name}; it must be a Score"
            )
    return list(scores)
