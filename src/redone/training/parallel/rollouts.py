"""Sampling divided between processes, scoring done by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from redone.model.completion import Completion, SamplingSettings
from redone.model.draws import prompt_keys
from redone.records import Score
from redone.training.parallel.world import RankError, World, alone, current_world, joined, share
from redone.training.sampling import Reward


class SharedSampler:
    """Each process answers its part of the prompts; all get all answers.

    Answers depend on their prompt's key and row alone, so they are those of one process. Weights that are
    spread are gathered by every process at the start of its part. Inside ``alone`` it is the sampler itself.
    """

    def __init__(self, sampler: Any, world: World) -> None:
        self._sampler = sampler
        self._world = world

    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        settings: SamplingSettings,
        seed: int,
        keys: Sequence[int] | None = None,
    ) -> list[list[Completion]]:
        """As the sampler's own ``generate``."""
        if current_world() is None or not prompts:
            return list(self._sampler.generate(prompts, settings, seed, keys))
        keys = keys or [int(key) for key in prompt_keys(prompts)]
        # A process without a prompt repeats the first one: gathering weights takes everyone.
        own = share(range(len(prompts)), self._world) or [0]
        with alone():
            drawn = self._sampler.generate(
                [prompts[place] for place in own], settings, seed, [keys[place] for place in own]
            )
        plain = [[(c.ids, c.logprobs, c.finish) for c in group] for group in drawn]
        if self._world.rank >= len(prompts):
            plain = []
        parts = self._world.gather(plain)
        return [
            [Completion(tuple(ids), tuple(logprobs), finish) for ids, logprobs, finish in group]
            for group in joined(parts)
        ]


def shared_reward(reward: Reward, world: World) -> Reward:
    """The first process scores, so that judges and sandboxes are asked once and all see the same scores.

    Inside ``alone`` it is the reward itself.
    """

    def score(items: list[tuple[Any, str, bool]]) -> list[Score]:
        if current_world() is None:
            return reward(items)
        found: Any = None
        if world.first:
            try:
                with alone():
                    found = [asdict(made) for made in reward(items)]
            except Exception as error:
                world.tell(f"{type(error).__name__}: {error}")
                raise
        found = world.tell(found)
        if isinstance(found, str):
            raise RankError(f"the reward failed in the first process: {found}")
        return [Score(**fields) for fields in found]

    return score
