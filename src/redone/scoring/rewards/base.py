"""What a reward is: a batch of answers in, one score each out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from redone.errors import RedoneError, UserError
from redone.records import Example, Score
from redone.scoring.faults import RewardError
from redone.scoring.spec import RewardSpec


class RewardItem(NamedTuple):
    """One answer to be judged, as the task's parser read it."""

    spec: RewardSpec
    answer: str
    example: Example


class Reward(Protocol):
    """Scores answers in batches, so that a costly start (a sandbox, a judge) is paid once."""

    def score_many(self, items: Sequence[RewardItem]) -> Sequence[Score]:
        """One score per item, in order."""
        ...


def score_each(
    name: str, score_one: Callable[[RewardItem], Score], items: Sequence[RewardItem]
) -> list[Score]:
    """Return the scores of a reward that looks at one item at a time.

    Raises:
        UserError: the task's settings or the example do not fit the reward; the message names the example.
        RewardError: the reward raised; the error names the reward and the sample.

    """
    scores = []
    for item in items:
        try:
            scores.append(score_one(item))
        except UserError as error:
            raise UserError(f"example {item.example.id!r}: {error}") from error
        except RedoneError:
            raise
        except Exception as error:
            raise RewardError(name, item.example.id, f"raised {type(error).__name__}: {error}") from error
    return scores
