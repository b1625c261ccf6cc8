"""The first stage of a demo run as both sides of a benchmark see it: base, prompts in their order, rewards, rates."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from redone.recipe.stages.weights import drawing_weights

from redone.model import Chat, GroupSampler, SamplingSettings, load_chat, load_model
from redone.recipe.config import ExploratoryStage
from redone.recipe.export.source import open_source
from redone.recipe.stages.classes import even_classes
from redone.recipe.stages.reinforce import optimizer_fields
from redone.records import Example
from redone.scoring import RewardRouter
from redone.scoring.sandbox import open_sandbox
from redone.tasks import Scorer
from redone.training import DapoSettings, Prompt, PromptPool
from redone.training.prompts import PromptDrawer

HELD_OUT_ANSWERS = 8
"""Answers to each held-out prompt."""


@dataclass(frozen=True)
class DemoStage:
    """``settings`` are the stage's, but for what only one of two trainers has (see ``open_stage``)."""

    base: Path
    chat: Chat
    pool: PromptPool
    held_out: tuple[Prompt, ...]
    scorer: Scorer
    settings: DapoSettings

    def drawn(self, steps: int) -> list[Prompt]:
        """The prompts of so many steps, in the order in which our own side draws them."""
        return PromptDrawer(self.pool, self.settings).draw(steps * self.settings.groups_per_step)

    def score(self, items: Sequence[tuple[Example, str, bool]]) -> Any:
        """The tasks' own rewards, as the run gives them."""
        return self.scorer.score_many(items)

    @cached_property
    def _examined(self) -> tuple[Any, GroupSampler]:
        model, chat = load_model(self.base)
        return model, GroupSampler(model, chat, kernels="onednn")

    def held_out_reward(self, weights: dict[str, Any]) -> float:
        """The mean reward of sampled answers to the held-out prompts; random numbers are the same each time."""
        model, sampler = self._examined
        model.load_state_dict(weights)
        request = SamplingSettings(
            group_size=HELD_OUT_ANSWERS,
            max_new_tokens=self.settings.max_new_tokens,
            temperature=self.settings.temperature,
        )
        groups = sampler.generate([prompt.prompt_ids for prompt in self.held_out], request, seed=1)
        scores = self.score(
            [
                (prompt.payload, self.chat.decode(answer.ids), answer.finish == "stop")
                for prompt, group in zip(self.held_out, groups, strict=True)
                for answer in group
            ]
        )
        return statistics.fmean(score.value for score in scores if score.value is not None)


def open_stage(run: Path, seed: int, held_out: int, **changes: Any) -> DemoStage:
    """The exploratory stage of a run; ``seed`` orders its prompts, ``held_out`` of the dev split are for measuring.

    Left out on both sides, since TRL has no like: prompts drawn in place of dead groups, tasks drawn more often
    the fewer groups they keep, and the penalty for long answers (the reward is the raw one).
    """
    source = open_source(run)
    stage = source.recipe.stages[0]
    assert isinstance(stage, ExploratoryStage)
    base = Path(source.model_before(stage))
    chat, rl = load_chat(base), stage.rl
    data = source.dataset

    def prompts(examples: Sequence[Example], part: str) -> list[Prompt]:
        made = [
            Prompt(
                example_id=example.id,
                task=example.task,
                source=part,
                prompt_ids=tuple(chat.encode_prompt(example.messages)),
                payload=example,
            )
            for example in (even_classes(examples) if rl.even_classes else examples)
        ]
        return [prompt for prompt in made if len(prompt.prompt_ids) <= rl.max_prompt_tokens]

    weights = drawing_weights(
        data.platform_tasks,
        sorted({example.task for example in data.general}),
        general_share=stage.general_share,
    )
    settings: dict[str, Any] = {
        **optimizer_fields(rl.optimizer, rl.steps),
        "steps": rl.steps,
        "groups_per_step": rl.groups_per_step,
        "group_size": rl.group_size,
        "clip_low": rl.clip_low,
        "clip_high": rl.clip_high,
        "temperature": rl.temperature,
        "max_new_tokens": rl.max_new_tokens,
        "oversample": 1.0,
        "max_rounds": 1,
        "balance": False,
        "weights": weights,
        "seed": seed,
    }
    dapo = DapoSettings(**(settings | changes))
    asked = PromptPool(prompts(data.dev, "held out"), chat.decode)
    return DemoStage(
        base=base,
        chat=chat,
        pool=PromptPool(prompts(data.train, "platform") + prompts(data.general, "general"), chat.decode),
        held_out=tuple(
            PromptDrawer(asked, DapoSettings(balance=False, weights=weights, seed=0)).draw(held_out)
        ),
        scorer=Scorer(RewardRouter(open_sandbox()[0]), data.tasks),
        settings=dapo,
    )
