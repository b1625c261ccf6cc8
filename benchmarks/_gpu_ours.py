"""One DAPO update of ours on a device: packed groups, flex attention where it is, the head some rows at a time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import torch
from _gpu_clock import WARM_UP, Stopwatch, release
from _gpu_shape import UpdateShape, build

from redone.model import choose_attention
from redone.training import DapoSettings, Group
from redone.training import logprobs as logprobs_module
from redone.training.contracts import StepBatch, TrainSummary
from redone.training.documents import group_documents
from redone.training.loop import Loop
from redone.training.objectives.dapo import Dapo
from redone.training.optimizer import make_optimizer
from redone.training.packing import pack


@dataclass(frozen=True, kw_only=True)
class OwnSetting:
    """Columns of a micro-batch (one packed row), whether layers are computed again, logits that exist at a time."""

    columns: int
    recompute: bool = False
    logits: int = logprobs_module.LOGITS_AT_ONCE


SMALL, LARGE = logprobs_module.LOGITS_AT_ONCE, 4 * logprobs_module.LOGITS_AT_ONCE
SETTINGS = (
    OwnSetting(columns=4096, logits=LARGE),
    OwnSetting(columns=8192, logits=SMALL),
    OwnSetting(columns=8192, logits=LARGE),
    OwnSetting(columns=16_384, logits=LARGE),
    OwnSetting(columns=32_768, logits=LARGE),
)
FRUGAL = (
    OwnSetting(columns=8192, recompute=True, logits=SMALL),
    OwnSetting(columns=16_384, recompute=True, logits=LARGE),
)
TINY = (OwnSetting(columns=128),)


@dataclass(frozen=True)
class OurUpdate:
    """Measures updates of a fresh model on a device; weights, gradients and optimizer state are of ``dtype``."""

    shape: UpdateShape
    device: torch.device
    dtype: torch.dtype

    def __call__(self, setting: OwnSetting, rounds: int) -> dict[str, Any]:
        """``rounds`` updates, each on groups of its own."""
        release()
        kept = logprobs_module.LOGITS_AT_ONCE
        logprobs_module.LOGITS_AT_ONCE = setting.logits
        try:
            return self._measured(setting, rounds)
        finally:
            logprobs_module.LOGITS_AT_ONCE = kept

    def _measured(self, setting: OwnSetting, rounds: int) -> dict[str, Any]:
        model = build(self.shape, self.device, self.dtype)
        missing = choose_attention(model, flex=True)
        settings = DapoSettings(
            lr=1e-6,
            group_size=self.shape.answers,
            groups_per_step=self.shape.groups,
            weight_decay=0.0,
            compute="bf16",
            row_tokens=setting.columns,
            batch_tokens=setting.columns,
            recompute=setting.recompute,
        )
        if settings.recompute:
            model.activation_checkpointing_enable()
        model.train()
        source: Any = SimpleNamespace(steps=WARM_UP + rounds)
        loop = Loop(model=model, objective=Dapo(), source=source, settings=settings, fingerprint={})
        optimizer, summary, clock = make_optimizer(model, settings), TrainSummary(), Stopwatch(self.device)
        packing, slots = [], 0
        for step in range(WARM_UP + rounds):
            groups = self.shape.drawn(step)
            began = time.perf_counter()
            batch = packed(groups, settings, step)
            packing.append(time.perf_counter() - began)
            slots = sum(micro.ids.numel() for micro in batch.micro_batches)
            clock.start()
            loop._update(optimizer, batch, summary)
            clock.stop()
        return clock.result() | {
            "attention": model.config._attn_implementation,
            "attention_note": missing,
            "state_dtypes": sorted({str(state["exp_avg"].dtype) for state in optimizer.state.values()}),
            "slots_of_last": slots,
            "packing_s": sorted(packing)[len(packing) // 2],
        }


def packed(groups: list[Group], settings: DapoSettings, step: int) -> StepBatch:
    """One update's batch, as the rollout source makes it."""
    documents = [document for group in groups for document in group_documents(group, settings.share)]
    return StepBatch(
        step=step,
        micro_batches=pack(
            documents,
            row_tokens=settings.row_tokens,
            batch_tokens=settings.batch_tokens,
            layout=settings.layout,
        ),
        normaliser=float(sum(group.tokens for group in groups)),
        ids=[group.example_id for group in groups],
        tokens=sum(len(document.ids) for document in documents),
    )
