"""A reinforcement stage's settings under verl's names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from redone.recipe.config import ExploratoryStage, RefinementStage
from redone.recipe.export.source import Exported

TRAIN, DEV, REWARD = "train.parquet", "dev.parquet", "reward.py"
LEAST_TOKENS = 16_384
"""Tokens of a micro-batch per GPU at least; one whole sequence has to fit."""
NEW_KEYS = "reward.reward_kwargs"
"""What verl reads and its own settings do not list: Hydra wants a plus sign before it."""

Stage = ExploratoryStage | RefinementStage


def overrides(source: Exported, stage: Stage, rows: int) -> dict[str, Any]:
    """Dotted keys of verl's settings with the stage's values.

    Groups are filtered by ``acc``, the raw score of the reward file: its default metric is already shaped by the
    overlong penalty, so that groups that are all wrong would pass by the lengths of their answers.
    """
    rl = stage.rl
    sequence = rl.max_prompt_tokens + rl.max_new_tokens
    drawn = rl.steps * rl.groups_per_step * rl.oversample * rl.max_rounds
    settings: dict[str, Any] = {
        "data.train_files": TRAIN,
        "data.val_files": DEV,
        "data.prompt_key": "prompt",
        "data.reward_fn_key": "data_source",
        "data.max_prompt_length": rl.max_prompt_tokens,
        "data.max_response_length": rl.max_new_tokens,
        "data.filter_overlong_prompts": True,
        "data.truncation": "error",
        "data.train_batch_size": rl.groups_per_step,
        "data.shuffle": True,
        "data.seed": source.seed(stage),
        "algorithm.adv_estimator": "grpo",
        "algorithm.norm_adv_by_std_in_grpo": True,
        "algorithm.use_kl_in_reward": False,
        "algorithm.filter_groups.enable": True,
        "algorithm.filter_groups.metric": "acc",
        "algorithm.filter_groups.max_inflight_gen_batches": math.ceil(rl.oversample),
        "reward.custom_reward_function.path": REWARD,
        "reward.custom_reward_function.name": "compute_score",
        "reward.reward_manager.name": "dapo",
        "trainer.total_training_steps": rl.steps,
        "trainer.total_epochs": math.ceil(drawn / rows),
        "trainer.project_name": "redone",
        "trainer.experiment_name": f"{source.recipe.name}-{stage.name}",
        "trainer.logger": ["console"],
        "trainer.save_freq": rl.checkpoint_every,
        "trainer.test_freq": rl.checkpoint_every,
        "trainer.default_local_dir": "checkpoints",
    }
    return settings | _actor(stage, sequence) | _rollout(source, stage, sequence) | _overlong(stage)


def _actor(stage: Stage, sequence: int) -> dict[str, Any]:
    rl, optimizer = stage.rl, stage.rl.optimizer
    ratio = optimizer.warmup_ratio
    warmup = optimizer.warmup_steps if ratio is None else round(ratio * rl.steps)
    values = {
        "clip_ratio": rl.clip_low,
        "clip_ratio_low": rl.clip_low,
        "clip_ratio_high": rl.clip_high,
        "loss_agg_mode": "token-mean",
        "use_kl_loss": False,
        "entropy_coeff": 0.0,
        "ppo_epochs": 1,
        "ppo_mini_batch_size": rl.groups_per_step // rl.mini_batches,
        "use_dynamic_bsz": True,
        "ppo_max_token_len_per_gpu": max(LEAST_TOKENS, sequence),
        "grad_clip": optimizer.clip_norm,
        "optim.lr": optimizer.learning_rate,
        "optim.lr_warmup_steps": warmup * rl.mini_batches,
        "optim.weight_decay": optimizer.weight_decay,
        "optim.betas": list(optimizer.betas),
        "optim.lr_scheduler_type": "constant" if optimizer.schedule == "constant" else "cosine",
        "optim.min_lr_ratio": 1.0 if optimizer.schedule == "constant" else optimizer.final_ratio,
    }
    return {f"actor_rollout_ref.actor.{key}": value for key, value in values.items()} | {
        "actor_rollout_ref.model.enable_gradient_checkpointing": True,
        "actor_rollout_ref.model.use_remove_padding": True,
    }


def _rollout(source: Exported, stage: Stage, sequence: int) -> dict[str, Any]:
    rl, evaluation = stage.rl, source.recipe.evaluation
    values = {
        "name": "vllm",
        "n": rl.group_size,
        "temperature": rl.temperature,
        "top_p": 1.0,
        "top_k": -1,
        "max_model_len": sequence,
        "log_prob_use_dynamic_bsz": True,
        "log_prob_max_token_len_per_gpu": max(LEAST_TOKENS, sequence),
        "val_kwargs.do_sample": True,
        "val_kwargs.temperature": evaluation.temperature,
        "val_kwargs.n": evaluation.samples,
    }
    return {f"actor_rollout_ref.rollout.{key}": value for key, value in values.items()}


def _overlong(stage: Stage) -> dict[str, Any]:
    rl = stage.rl
    used = rl.overlong_buffer > 0 and rl.overlong_factor > 0
    return {
        f"{NEW_KEYS}.max_resp_len": rl.max_new_tokens,
        f"{NEW_KEYS}.overlong_buffer_cfg.enable": used,
        f"{NEW_KEYS}.overlong_buffer_cfg.len": max(1, rl.overlong_buffer),
        f"{NEW_KEYS}.overlong_buffer_cfg.penalty_factor": rl.overlong_factor,
        f"{NEW_KEYS}.overlong_buffer_cfg.log": True,
    }


def nested(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted keys as a tree."""
    tree: dict[str, Any] = {}
    for dotted, value in settings.items():
        *above, last = dotted.split(".")
        place = tree
        for part in above:
            place = place.setdefault(part, {})
        place[last] = value
    return tree


def arguments(settings: Mapping[str, Any]) -> Iterator[str]:
    """The settings as Hydra reads them on the command line."""
    for dotted, value in settings.items():
        sign = "+" if dotted.startswith(NEW_KEYS) else ""
        shown = f"[{','.join(map(str, value))}]" if isinstance(value, list) else str(value)
        yield f"{sign}{dotted}={shown}"
