"""TRL's GRPOTrainer on a demo run's stage: the same base, prompts, rewards and rates as on our side."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
import trl
from _demo_stage import DemoStage
from _rl_trl import grpo_config, quiet
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback

from redone.training import Prompt
from redone.training.optimizer import learning_rate

Beside = Callable[[dict[str, Any], Any], bool]
"""Gets the row of a step and the model; False stops."""


class Clock(TrainerCallback):
    """Seconds of each step, from its beginning to its end."""

    def __init__(self, beside: Beside) -> None:
        self.beside = beside
        self.rewards: list[float] = []
        self._cpu = self._wall = 0.0

    def on_step_begin(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
        """Start."""
        self.rewards.clear()
        self._cpu, self._wall = time.process_time(), time.perf_counter()

    def on_step_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
        """Stop, and let the others do what they do between two steps."""
        row = {
            "step": time.process_time() - self._cpu,
            "wall": time.perf_counter() - self._wall,
            "reward": sum(self.rewards) / len(self.rewards),
        }
        control.should_training_stop = not self.beside(row, rest["model"])


def run_trl(stage: DemoStage, steps: int, passes: dict[str, Any], beside: Beside) -> None:
    """Train until ``beside`` says no, at most so many steps; ``passes`` are how TRL divides and does its work."""
    tokenizer = AutoTokenizer.from_pretrained(stage.base)
    model = AutoModelForCausalLM.from_pretrained(stage.base, dtype=torch.float32)
    prompts = stage.drawn(steps)
    clock = Clock(beside)

    def reward(completion_ids: Sequence[Sequence[int]], place: Sequence[int], **_: Any) -> list[float]:
        items = [
            (prompts[number].payload, stage.chat.decode(ids), ids[-1] == stage.chat.end_id)
            for number, ids in zip(place, completion_ids, strict=True)
        ]
        values = [score.value for score in stage.score(items)]
        clock.rewards += [value for value in values if value is not None]
        return values

    with tempfile.TemporaryDirectory() as folder, quiet():
        trainer = trl.GRPOTrainer(
            model,
            reward_funcs=reward,
            args=grpo_config(folder, **_told(stage, steps), **passes),
            train_dataset=Dataset.from_list(_rows(stage, prompts, tokenizer)),
            processing_class=tokenizer,
            callbacks=[clock],
            optimizers=_optimizer(model, stage, steps),
        )
        trainer.train()


def _rows(stage: DemoStage, prompts: Sequence[Prompt], tokenizer: Any) -> list[dict[str, Any]]:
    rows = []
    for place, prompt in enumerate(prompts):
        turns = [{"role": turn.role, "content": turn.content} for turn in prompt.payload.messages]
        ids = tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=True)["input_ids"]
        assert tuple(ids) == prompt.prompt_ids, "both sides read the same tokens"
        rows.append({"prompt": turns, "place": place})
    return rows


def _optimizer(model: Any, stage: DemoStage, steps: int) -> tuple[Any, Any]:
    """Our settings in torch's own optimizer; the same rate in every step."""
    told = stage.settings
    assert (told.optimizer, told.weight_decay) == ("adamw", 0.0), "weight decay spares other tensors in TRL"
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=told.lr, betas=told.betas, eps=told.eps, weight_decay=0.0, fused=True
    )
    rates = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: learning_rate(told, step, told.steps) / told.lr
    )
    return optimizer, rates


def _told(stage: DemoStage, steps: int) -> dict[str, Any]:
    told = stage.settings
    assert (told.clip_low, told.clip_high) == (0.2, 0.28), "what the benchmark's configuration has"
    return {
        "bf16": False,
        "shuffle_dataset": False,
        "temperature": told.temperature,
        "num_generations": told.group_size,
        "max_completion_length": told.max_new_tokens,
        "max_grad_norm": told.clip,
        "seed": told.seed,
        "max_steps": steps,
    }
