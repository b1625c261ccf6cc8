"""What exploratory and refinement learning share: DAPO over a pool of prompts with the tasks' own rewards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from redone.recipe.config import OptimizerConfig, RLConfig
from redone.recipe.context import StageContext, StageOutcome
from redone.recipe.materials import Materials
from redone.recipe.stages.classes import even_classes
from redone.recipe.stages.journal import RolloutWriter, StepReporter
from redone.recipe.stages.policy import Policy, machine_fields
from redone.recipe.stages.task_shares import task_shares
from redone.records import Example
from redone.training import CheckpointStore, DapoSettings, Prompt, PromptPool, TrainSummary, train_dapo

PLATFORM, GENERAL = "platform", "general"
REFUSED = "checkpoint refused"
"""How the training room begins a note about a checkpoint that it did not use."""


def reinforce(
    context: StageContext,
    policy: Policy,
    platform: Sequence[Example],
    general: Sequence[Example],
    *,
    general_share: float,
    rl: RLConfig,
    balance: bool,
    reasoning_share: float | None = None,
) -> StageOutcome:
    """Train the policy in place by DAPO; every step and every rollout is logged.

    ``general_share`` of the prompts of a step are general ones, whatever the sizes of the two lists;
    ``reasoning_share`` come from tasks that reason before they answer (None: as the tasks are).
    """
    materials: Materials = context.dataset
    parts = [_short_enough(policy, part, rl) for part in (platform, general)]
    left_out = len(platform) + len(general) - sum(map(len, parts))
    if rl.even_classes:
        parts = [even_classes(part) for part in parts]
    pool = PromptPool(
        _prompts(policy, parts[0], PLATFORM) + _prompts(policy, parts[1], GENERAL), policy.chat.decode
    )
    weights = task_shares(
        *[sorted({example.task for example in part}) for part in parts],
        general_share=general_share,
        reasoning=materials.dataset.reasoning,
        reasoning_share=reasoning_share,
    )
    writer = RolloutWriter(context, {prompt.example_id: prompt.payload for prompt in pool})
    summary = train_dapo(
        policy.model,
        policy.sampler,
        pool,
        materials.scorer.score_many,
        _settings(rl, weights, balance, context),
        checkpoints=CheckpointStore(context.work / "dapo", every=rl.checkpoint_every),
        on_step=StepReporter(context, rl.steps, "rollouts"),
        on_rollouts=writer.add,
        stop=context.stop.event,
    )
    writer.close()
    notes = (
        [f"{left_out} prompts longer than {rl.max_prompt_tokens} tokens were left out"] if left_out else []
    )
    return outcome(context, summary, notes)


def outcome(context: StageContext, summary: TrainSummary, notes: Sequence[str] = ()) -> StageOutcome:
    """The counts that stage.json keeps.

    What a crash left behind is told on the screen and not kept: a resumed run ends with a straight run's records.
    """
    remains = [note for note in summary.notes if note.startswith(REFUSED)]
    for note in remains:
        context.progress.note(note)
    idle = (
        () if summary.updates else ("no update was made: the model is the one that the stage started from",)
    )
    return StageOutcome(
        warnings=idle,
        examples=summary.examples,
        prompts=summary.prompts,
        tokens=summary.tokens + summary.generated,
        steps=summary.steps,
        notes=(*notes, *[note for note in summary.notes if note not in remains]),
    )


def optimizer_fields(optimizer: OptimizerConfig, steps: int) -> dict[str, Any]:
    """The optimizer part of training settings as keyword arguments."""
    ratio = optimizer.warmup_ratio
    return {
        "optimizer": optimizer.kind,
        "lr": optimizer.learning_rate,
        "schedule": optimizer.schedule,
        "warmup_steps": optimizer.warmup_steps if ratio is None else round(ratio * steps),
        "final_ratio": optimizer.final_ratio,
        "weight_decay": optimizer.weight_decay,
        "clip": optimizer.clip_norm,
        "betas": optimizer.betas,
        "eps": optimizer.eps,
    }


def _settings(
    rl: RLConfig, weights: Mapping[str, float], balance: bool, context: StageContext
) -> DapoSettings:
    return DapoSettings(
        **optimizer_fields(rl.optimizer, rl.steps),
        **machine_fields(context.recipe),
        compute="bf16" if context.recipe.precision == "bfloat16" else "f32",
        steps=rl.steps,
        groups_per_step=rl.groups_per_step,
        group_size=rl.group_size,
        oversample=rl.oversample,
        max_rounds=rl.max_rounds,
        mini_batches=rl.mini_batches,
        clip_low=rl.clip_low,
        clip_high=rl.clip_high,
        temperature=rl.temperature,
        max_new_tokens=rl.max_new_tokens,
        overlong_buffer=rl.overlong_buffer,
        overlong_factor=rl.overlong_factor,
        mask_truncated=rl.mask_truncated,
        max_unscored=rl.unscored_limit,
        weights={task: weight for task, weight in weights.items() if weight > 0},
        balance=balance,
        seed=context.seed,
    )


def _short_enough(policy: Policy, examples: Sequence[Example], rl: RLConfig) -> list[Example]:
    longest = rl.max_prompt_tokens
    return [e for e in examples if len(policy.chat.encode_prompt(e.messages)) <= longest]


def _prompts(policy: Policy, examples: Sequence[Example], source: str) -> list[Prompt]:
    return [
        Prompt(
            example_id=example.id,
            task=example.task,
            source=source,
            prompt_ids=tuple(policy.chat.encode_prompt(example.messages)),
            payload=example,
        )
        for example in examples
    ]
