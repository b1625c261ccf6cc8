"""DAPO from prompts to trained weights, in one call."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from redone.training.arithmetic import autocast
from redone.training.checkpoint import CheckpointStore
from redone.training.contracts import OnStep, TrainSummary
from redone.training.documents import group_documents
from redone.training.logprobs import target_logprobs
from redone.training.loop import Loop
from redone.training.objectives.dapo import Dapo
from redone.training.packing import pack
from redone.training.parallel.rollouts import SharedSampler, shared_reward
from redone.training.parallel.sharding import shard_model
from redone.training.parallel.world import current_world
from redone.training.prompts import PromptPool
from redone.training.rollout import OnRollouts, RolloutSource
from redone.training.sampling import Reward, Sampler
from redone.training.sequences import Group
from redone.training.settings import DapoSettings


def train_dapo(
    model: Any,
    sampler: Sampler,
    prompts: PromptPool,
    reward: Reward,
    settings: DapoSettings,
    *,
    checkpoints: CheckpointStore | None = None,
    on_step: OnStep | None = None,
    on_rollouts: OnRollouts | None = None,
    stop: threading.Event | None = None,
) -> TrainSummary:
    """Train ``model`` in place on groups that ``sampler`` draws from it (RedOne 2.0, section 3.2).

    ``reward`` gets (payload, text, finished) of all answers of a round at once. ``on_step`` gets one row per
    rollout step, ``on_rollouts`` every answer sampled in it, dropped groups included; both come again for
    steps that are repeated after a crash. A step whose groups are all dead makes no update and says why in
    its row (``diagnosis``) and in the summary's notes.

    Raises:
        UserError: weights that name unknown tasks; or the checkpoint belongs to other settings or data.
        RewardError: the reward failed, or too many answers have no score.
        NonFiniteError: the loss or gradient broke; the weights are those before that update.
        Interrupted: ``stop`` was set; a checkpoint was written.

    """
    world = current_world()
    shard_model(model, world)
    if world is not None:
        sampler, reward = SharedSampler(sampler, world), shared_reward(reward, world)

    def relabel(groups: Sequence[Group]) -> list[Group]:
        return with_current_logprobs(model, groups, settings)

    source = RolloutSource(
        prompts,
        sampler,
        reward,
        settings,
        on_rollouts=on_rollouts,
        relabel=relabel if settings.compute == "bf16" else None,
    )
    return Loop(
        model=model,
        objective=Dapo(
            clip_low=settings.clip_low, clip_high=settings.clip_high, temperature=settings.temperature
        ),
        source=source,
        settings=settings,
        fingerprint={"data": prompts.digest()},
        checkpoints=checkpoints,
        on_step=on_step,
        stop=stop,
    ).run()


@torch.no_grad()
def with_current_logprobs(model: Any, groups: Sequence[Group], settings: DapoSettings) -> list[Group]:
    """The groups with old log-probabilities from the arithmetic of the update.

    In f32 the sampler's own agree to 1e-5 and are used as they are; in bf16 they differ by some hundredths,
    which would enter every ratio.
    """
    documents = [group_documents(group, "prefix")[0] for group in groups]
    fresh: dict[int, Group] = {}
    for batch in pack(
        documents, row_tokens=settings.row_tokens, batch_tokens=settings.batch_tokens, layout=settings.layout
    ):
        with autocast(model, settings):
            logprobs, _ = target_logprobs(model, batch.to(model.device), temperature=settings.temperature)
        parts = torch.split(logprobs.float().cpu(), [groups[number].tokens for number in batch.order])
        for number, part in zip(batch.order, parts, strict=True):
            answers = torch.split(part, [len(answer) for answer in groups[number].answers])
            fresh[number] = replace(groups[number], old_logprobs=tuple(tuple(a.tolist()) for a in answers))
    return [fresh[number] for number in range(len(groups))]
