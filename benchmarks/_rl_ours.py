"""DAPO steps of ours, taken by hand so that others can take turns and sampling and update be timed apart."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import torch
from _rl_shape import Shape
from _world import STOP, ForcedLengths, as_text, make_model, make_prompts

from redone.model import GroupSampler, choose_attention
from redone.model import sampler as sampler_module
from redone.model.products import Kernels
from redone.records import Score
from redone.training import DapoSettings, Group, Prompt, PromptPool
from redone.training.contracts import TrainSummary
from redone.training.loop import Loop
from redone.training.objectives.dapo import Dapo
from redone.training.optimizer import make_optimizer
from redone.training.packing import Layout
from redone.training.reinforcement import with_current_logprobs
from redone.training.rollout import RolloutSource


class Stepper:
    """The library's own source, sampler, objective and loop, one step per call."""

    def __init__(
        self, model: Any, sampler: GroupSampler, pool: PromptPool, reward: Any, settings: DapoSettings
    ) -> None:
        def relabel(groups: Sequence[Group]) -> list[Group]:
            return with_current_logprobs(model, groups, settings)

        self.source = RolloutSource(
            pool, sampler, reward, settings, relabel=relabel if settings.compute == "bf16" else None
        )
        self.loop = Loop(model=model, objective=Dapo(), source=self.source, settings=settings, fingerprint={})
        self.optimizer = make_optimizer(model, settings)
        model.train()
        self.summary = TrainSummary()

    def step(self) -> dict[str, Any]:
        """CPU seconds of sampling (with the packing) and of the update; seconds of both on the wall."""
        wall, began = time.perf_counter(), time.process_time()
        batch = self.source.next_batch()
        sampled = time.process_time()
        assert batch is not None
        row = self.loop._update(self.optimizer, batch, self.summary)
        report = self.source.finish(batch, row | {"seconds": time.perf_counter() - wall})
        ended = time.process_time()
        assert report is not None
        return {
            "generate": sampled - began,
            "update": ended - sampled,
            "step": ended - began,
            "wall": time.perf_counter() - wall,
            "columns": batch.tokens,
            "slots": sum(micro.ids.numel() for micro in batch.micro_batches),
            "answer_tokens": int(batch.normaliser),
            "reward": report["reward_raw"],
        }


class Ours:
    """Steps on a random model; the ends of answers are forced and rewards alternate."""

    def __init__(
        self, shape: Shape, compute: str, layout: Layout = "flat", kernels: Kernels = "fused"
    ) -> None:
        self.shape = shape
        self.model = make_model(**shape.sizes)
        choose_attention(self.model)
        self.forced = ForcedLengths()
        settings = DapoSettings(
            lr=1e-6,
            steps=10_000,
            groups_per_step=shape.prompts,
            group_size=shape.answers,
            max_new_tokens=shape.longest,
            oversample=1.0,
            max_rounds=1,
            weight_decay=0.0,
            compute="bf16" if compute == "bf16" else "f32",
            row_tokens=1 if layout == "flat" else 128,
            layout=layout,
            kernels=kernels,
        )
        prompts = make_prompts(16 * shape.prompts, shape.prompt_tokens, 1, self.model.config.vocab_size)
        pool = PromptPool(
            [
                Prompt(example_id=str(n), task="t", source="s", prompt_ids=ids)
                for n, ids in enumerate(prompts)
            ],
            decode=as_text,
        )
        dtype = torch.bfloat16 if compute == "bf16" else torch.float32
        self.stepper = Stepper(
            self.model,
            GroupSampler(self.model, STOP, dtype, kernels=settings.kernels),
            pool,
            lambda items: [Score(value=float(place % 2)) for place in range(len(items))],
            settings,
        )

    def step(self, number: int) -> dict[str, Any]:
        """A step whose answers have the lengths that the shape names."""
        lengths = self.shape.lengths(number)
        self.forced.start(lengths)
        originals = {name: getattr(sampler_module, name) for name in ("choose", "choose_once")}
        for name, original in originals.items():
            setattr(sampler_module, name, self.forced.around(original))
        try:
            row = self.stepper.step()
        finally:
            for name, original in originals.items():
                setattr(sampler_module, name, original)
        assert row["answer_tokens"] == sum(lengths), "answers have the lengths asked for"
        return row
