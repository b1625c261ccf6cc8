"""lm-evaluation-harness' HF backend on ready prompts, with what its model computes counted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from _clock import cpu_seconds

BATCHES = (8, 16, 32, 64)


class Harness:
    """The harness on a model folder; ``slots`` counts the token positions of every pass, padding included."""

    def __init__(self, folder: Path, longest: int) -> None:
        from lm_eval.models.huggingface import HFLM
        from transformers import AutoModelForCausalLM, AutoTokenizer

        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        model.eval().register_forward_pre_hook(self._count, with_kwargs=True)
        tokenizer = AutoTokenizer.from_pretrained(folder)
        self.lm = HFLM(pretrained=model, tokenizer=tokenizer, device="cpu", batch_size=1)
        self.settings = {"until": [], "max_gen_toks": longest, "do_sample": False}
        self.slots = 0

    def _count(self, module: Any, inputs: Any, named: dict[str, Any]) -> None:
        self.slots += named["input_ids"].numel()

    def answer(self, texts: Sequence[str], batch: int) -> list[str]:
        """Answers in the order of the prompts; the harness itself sorts them by length."""
        from lm_eval.api.instance import Instance

        self.lm.batch_size_per_gpu = batch
        requests = [
            Instance(request_type="generate_until", doc={}, arguments=(text, dict(self.settings)), idx=at)
            for at, text in enumerate(texts)
        ]
        return list(self.lm.generate_until(requests, disable_tqdm=True))

    def best_batch(self, texts: Sequence[str], tried: Sequence[int] = BATCHES) -> dict[int, float]:
        """CPU seconds of each batch size on the same 64 prompts, neighbours in length as in a full batch."""
        middle = sorted(texts, key=len)[max(0, len(texts) // 2 - 32) :][:64]
        return {size: round(cpu_seconds(partial(self.answer, middle, size)), 3) for size in tried}
