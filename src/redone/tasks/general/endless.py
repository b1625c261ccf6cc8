"""General tasks need no records: their builder is an endless stream, one language after the other."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from redone.records import Platform
from redone.scoring.spec import RewardSpec
from redone.tasks.task import AnswerForm, Draft, Task

Generate = Callable[[random.Random, str, int], Draft]
"""Random numbers, language, and the seed of the world (only knowledge depends on the world)."""

LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Endless:
    """A builder: drafts without end, zh and en in turn. The platform is not looked at."""

    generate: Generate
    world: int = 0

    def __call__(self, platform: Platform, rng: random.Random) -> Iterator[Draft]:
        """Draft after draft; the caller stops."""
        while True:
            for language in LANGUAGES:
                yield self.generate(rng, language, self.world)


def general_task(
    *,
    id: str,
    title: Mapping[str, str],
    prompts: Mapping[str, tuple[str, ...]],
    answer: tuple[AnswerForm, str],
    reward: RewardSpec,
    metric: str,
    generate: Generate,
) -> Task:
    """Return a task of the general suite; ``answer`` is its form and its parser."""
    return Task(
        id=id,
        capability="general",
        suite="general",
        title=title,
        prompts=prompts,
        answer=answer[0],
        parser=answer[1],
        reward=reward,
        metric=metric,
        needs=(),
        truth="synthetic",
        negatives="none",
        build=Endless(generate),
    )
