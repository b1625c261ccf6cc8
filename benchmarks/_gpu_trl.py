"""The update of TRL's GRPOTrainer alone: the groups are handed to it in place of its own sampling."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import trl
from _gpu_clock import WARM_UP, Stopwatch, release
from _gpu_shape import UpdateShape, build
from _rl_trl import grpo_config, quiet
from _world import PAD, as_text, make_tokenizer
from datasets import Dataset
from torch.nn.utils.rnn import pad_sequence
from transformers import TrainerCallback

from redone.training import Group


@dataclass(frozen=True, kw_only=True)
class PeerSetting:
    """Rows of one pass, whether layers are computed again, and Liger's kernels."""

    rows: int
    checkpointing: bool = False
    liger: bool = False


def peer_settings(shape: UpdateShape) -> tuple[list[PeerSetting], list[PeerSetting]]:
    """What is tried, small first; with Liger's kernels as well where they are installed."""
    whole = shape.groups * shape.answers
    sizes = [rows for rows in (4, 8, 16, 32, 64, 128) if whole % rows == 0 and rows <= whole]
    kernels = [False, True] if importlib.util.find_spec("liger_kernel") else [False]
    plain = [PeerSetting(rows=rows, liger=liger) for rows in sizes for liger in kernels]
    return plain, [PeerSetting(rows=rows, checkpointing=True) for rows in sizes if rows > 4]


class HandedTrainer(trl.GRPOTrainer):  # type: ignore[misc]
    """A GRPOTrainer that is told its rollouts."""

    handed: Sequence[dict[str, Any]] = ()

    def _generate_and_score_completions(self, inputs: Any) -> dict[str, Any]:
        return dict(self.handed[self.state.global_step])


class _Clock(TrainerCallback):  # type: ignore[misc]
    """From the beginning of a step to after its optimizer."""

    def __init__(self, watch: Stopwatch) -> None:
        self.watch = watch

    def on_step_begin(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
        """Start."""
        self.watch.start()

    def on_step_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
        """Stop."""
        self.watch.stop()


@dataclass(frozen=True)
class TheirUpdate:
    """Measures updates of a fresh model on a device; weights, gradients and optimizer state are of ``dtype``."""

    shape: UpdateShape
    device: torch.device
    dtype: torch.dtype

    def __call__(self, setting: PeerSetting, rounds: int) -> dict[str, Any]:
        """``rounds`` updates, each on groups of its own."""
        release()
        model = build(self.shape, self.device, self.dtype)
        watch = Stopwatch(self.device)
        whole = self.shape.groups * self.shape.answers
        prompts = [{"prompt": as_text([3 + number % 500])} for number in range(4 * self.shape.groups)]
        with tempfile.TemporaryDirectory() as folder, quiet():
            trainer = HandedTrainer(
                model,
                reward_funcs=lambda completions, **_: [0.0] * len(completions),
                args=grpo_config(
                    folder,
                    use_cpu=self.device.type == "cpu",
                    bf16=True,
                    gradient_checkpointing=setting.checkpointing,
                    per_device_train_batch_size=setting.rows,
                    gradient_accumulation_steps=whole // setting.rows,
                    num_generations=self.shape.answers,
                    max_completion_length=self.shape.longest,
                    max_steps=WARM_UP + rounds,
                    learning_rate=1e-6,
                    lr_scheduler_type="constant",
                    optim="adamw_torch_fused",
                    dataloader_pin_memory=False,
                    **({"use_liger_kernel": True} if setting.liger else {}),
                ),
                train_dataset=Dataset.from_list(prompts),
                processing_class=make_tokenizer(512),
                callbacks=[_Clock(watch)],
            )
            steps = range(WARM_UP + rounds)
            trainer.handed = [as_rows(self.shape.drawn(step), self.device) for step in steps]
            trainer.train()
        state = trainer.optimizer.state.values()
        return watch.result() | {
            "attention": model.config._attn_implementation,
            "state_dtypes": sorted({str(one["exp_avg"].dtype) for one in state}),
        }


def as_rows(groups: Sequence[Group], device: torch.device) -> dict[str, Any]:
    """What the trainer's own sampling would return for these groups; prompts are all of one length."""
    answers = [torch.tensor(answer) for group in groups for answer in group.answers]
    lengths = torch.tensor([len(answer) for answer in answers])
    completion = pad_sequence(answers, batch_first=True, padding_value=PAD)
    prompts = torch.tensor([list(group.prompt_ids) for group in groups for _ in group.answers])
    rows = {
        "prompt_ids": prompts,
        "prompt_mask": torch.ones_like(prompts),
        "completion_ids": completion,
        "completion_mask": (torch.arange(completion.shape[1])[None] < lengths[:, None]).long(),
        "advantages": torch.tensor([value for group in groups for value in group.advantages]),
        "num_items_in_batch": lengths.sum(),
    }
    return {name: tensor.to(device) for name, tensor in rows.items()}
