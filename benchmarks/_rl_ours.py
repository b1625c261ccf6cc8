"""A DAPO step of ours, taken by hand so that sampling and update can be timed apart."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from _rl_shape import Shape
from _world import STOP, ForcedLengths, as_text, ids_of, make_model, make_prompts

from redone.model import GroupSampler, choose_attention
from redone.model import sampler as sampler_module
from redone.records import Score
from redone.training import DapoSettings, Group, Prompt, PromptPool
from redone.training.contracts import TrainSummary
from redone.training.loop import Loop
from redone.training.objectives.dapo import Dapo
from redone.training.optimizer import make_optimizer
from redone.training.reinforcement import with_current_logprobs
from redone.training.rollout import RolloutSource


class Ours:
    """The library's own source, sampler, objective and loop, stepped by hand."""

    def __init__(
        self,
        shape: Shape,
        compute: str,
        reward: Callable[[Sequence[int]], float] | None = None,
        **settings: Any,
    ) -> None:
        self.shape = shape
        self.ends_forced = reward is None
        self.model = make_model(**shape.sizes)
        choose_attention(self.model)
        self.forced = ForcedLengths()
        self.settings = DapoSettings(
            steps=10_000,
            groups_per_step=shape.prompts,
            group_size=shape.answers,
            max_new_tokens=shape.longest,
            oversample=1.0,
            max_rounds=1,
            weight_decay=0.0,
            compute=compute,
            **({"lr": 1e-6, "row_tokens": 1, "layout": "flat", "kernels": "fused"} | settings),
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

        def relabel(groups: Sequence[Group]) -> list[Group]:
            return with_current_logprobs(self.model, groups, self.settings)

        self.source = RolloutSource(
            pool,
            GroupSampler(self.model, STOP, dtype, kernels=self.settings.kernels),
            lambda items: [
                Score(value=float(place % 2) if reward is None else reward(ids_of(text)))
                for place, (_, text, _) in enumerate(items)
            ],
            self.settings,
            relabel=relabel if compute == "bf16" else None,
        )
        self.loop = Loop(
            model=self.model, objective=Dapo(), source=self.source, settings=self.settings, fingerprint={}
        )
        self.optimizer = make_optimizer(self.model, self.settings)
        self.model.train()
        self.summary = TrainSummary()

    def step(self, number: int) -> dict[str, Any]:
        """CPU seconds of sampling (with the packing) and of the update."""
        lengths = self.shape.lengths(number)
        self.forced.start(lengths)
        names = ("choose", "choose_once") if self.ends_forced else ()
        originals = {name: getattr(sampler_module, name) for name in names}
        for name, original in originals.items():
            setattr(sampler_module, name, self.forced.around(original))
        try:
            began = time.process_time()
            batch = self.source.next_batch()
            sampled = time.process_time()
        finally:
            for name, original in originals.items():
                setattr(sampler_module, name, original)
        assert batch is not None
        row = self.loop._update(self.optimizer, batch, self.summary)
        ended = time.process_time()
        report = self.source.finish(batch, row | {"seconds": ended - began})
        assert report is not None
        assert not self.ends_forced or batch.normaliser == sum(lengths), "answers have the lengths asked for"
        slots = sum(micro.ids.numel() for micro in batch.micro_batches)
        return {
            "generate": sampled - began,
            "update": ended - sampled,
            "step": ended - began,
            "columns": batch.tokens,
            "slots": slots,
            "answer_tokens": int(batch.normaliser),
            "reward": report["reward_raw"],
        }
