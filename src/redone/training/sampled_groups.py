"""Groups as they come from the policy: answered, scored and judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from redone.model.completion import SamplingSettings
from redone.training.groups import Verdict, judge
from redone.training.profile import current_profile, timed
from redone.training.prompts import Prompt
from redone.training.sampling import Reward, RewardError, Sampler, score_answers
from redone.training.settings import DapoSettings


@dataclass(frozen=True, slots=True)
class GroupSource:
    """The policy, the reward and the settings that make verdicts out of prompts."""

    sampler: Sampler
    reward: Reward
    decode: Callable[[Sequence[int]], str]
    settings: DapoSettings

    def draw(self, prompts: Sequence[Prompt], seed: int) -> list[Verdict]:
        """``group_size`` answers to every prompt, scored in one call of the reward; a verdict for each prompt.

        Raises:
            RewardError: the reward failed, or gave something that is no score.

        """
        request = SamplingSettings(
            group_size=self.settings.group_size,
            max_new_tokens=self.settings.max_new_tokens,
            temperature=self.settings.temperature,
        )
        with timed("sampling"):
            groups = self.sampler.generate([prompt.prompt_ids for prompt in prompts], request, seed)
        if (profile := current_profile()) is not None:
            profile.count(
                generated=sum(len(answer.ids) for group in groups for answer in group),
                prompt_tokens=sum(len(prompt.prompt_ids) for prompt in prompts),
                rows=sum(map(len, groups)),
            )
        assert len(groups) == len(prompts), "the sampler answers every prompt"
        answered = [(prompt, a) for prompt, group in zip(prompts, groups, strict=True) for a in group]
        items = [(prompt.payload, self.decode(a.ids), a.finish == "stop") for prompt, a in answered]
        names = [f"{prompt.task} {prompt.example_id}" for prompt, _ in answered]
        with timed("reward"):
            scores = iter(score_answers(self.reward, items, names))
        return [
            judge(prompt, group, [next(scores) for _ in group], self.settings)
            for prompt, group in zip(prompts, groups, strict=True)
        ]


def demand_scored(verdicts: Sequence[Verdict], step: int, max_unscored: float) -> None:
    """Stop when more than ``max_unscored`` (a share) of a step's answers have no score.

    Raises:
        RewardError: they are too many; it carries the first problem.

    """
    scores = [score for verdict in verdicts for score in verdict.scores]
    unknown = [score.problem for score in scores if score.value is None]
    if unknown and len(unknown) > max_unscored * len(scores):
        raise RewardError(
            f"step {step}: {len(unknown)} of {len(scores)} answers have no score, more than "
            f"max_unscored = {max_unscored:.0%}; the first says: {unknown[0]}"
        )
