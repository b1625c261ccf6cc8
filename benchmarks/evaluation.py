"""SNS-Bench on a local model of five million parameters, beside lm-evaluation-harness' HF backend.

    python benchmarks/evaluation.py --data bench/sns-bench [--items 300] [--max-new-tokens 64] [--end-scale 4]

Both sides answer the same prompts with the same weights (Qwen3, random, made here) in f32 on one thread, greedily, in
turns. The harness gets ready prompts and the best of several batch sizes, found on a part of the items. A random
model never ends an answer: with --end-scale 1 every answer has the full length, and dropping ended answers counts for
nothing. A larger scale makes the end token's row longer, so that many answers end soon and some run to the limit;
"ended" in the output is their share. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import torch
from _clock import cpu_seconds, environment, one_thread, summary

from redone.bench.catalogue import choose
from redone.bench.prompts import prompt_for
from redone.bench.runner import LocalAnswerer
from redone.bench.runner.answerers import Decoding
from redone.model import TinySettings, create_model, save_model, train_tokenizer
from redone.records import Message

SIZES = TinySettings(hidden=256, layers=6, heads=8, kv_heads=2, head_dim=32, mlp=768, context=8192)
VOCABULARY = 4096
BATCHES = (8, 16, 32, 64)

Prompts = list[tuple[Message, ...]]


def read_prompts(data: Path, items: int) -> Prompts:
    """The prompts of all items, or of ``items`` that are spread evenly over the files."""
    found = [prompt_for(own, item) for own in choose("sns-bench") for item in own.load(data).items]
    if not items or items >= len(found):
        return found
    return [found[at * len(found) // items] for at in range(items)]


def make_folder(prompts: Prompts, folder: Path, end_scale: float) -> None:
    """A model folder with random weights and a vocabulary trained on a part of the prompts."""
    texts = [message.content for prompt in prompts[:: max(1, len(prompts) // 1000)] for message in prompt]
    chat = train_tokenizer(texts, VOCABULARY)
    model = create_model(SIZES, chat, seed=0)
    with torch.no_grad():
        model.get_input_embeddings().weight[chat.end_id] *= end_scale
    save_model(folder, model, chat, "Random weights, made to measure speed.")


class Harness:
    """lm-evaluation-harness' HF backend; ``slots`` counts the token positions that its model computes."""

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

    def answer(self, texts: list[str], batch: int) -> list[str]:
        """Answers in the order of the prompts."""
        from lm_eval.api.instance import Instance

        self.lm.batch_size_per_gpu = batch
        requests = [
            Instance(request_type="generate_until", doc={}, arguments=(text, dict(self.settings)), idx=at)
            for at, text in enumerate(texts)
        ]
        return list(self.lm.generate_until(requests, disable_tqdm=True))


def best_batch(harness: Harness, texts: list[str]) -> dict[int, float]:
    """CPU seconds of each batch size on the same part of the prompts."""
    part = texts[:: max(1, len(texts) // 64)]
    sizes = [size for size in BATCHES if size <= len(part)]
    return {size: round(cpu_seconds(partial(harness.answer, part, size)), 3) for size in sizes}


def measure(prompts: Prompts, folder: Path, longest: int, rounds: int, batch: int) -> dict[str, Any]:
    """Both sides in turns."""
    ours = LocalAnswerer(folder, Decoding(max_new_tokens=longest))
    ours.chat.remembered = 0  # the harness reads its prompts anew each round too
    harness = Harness(folder, longest)
    texts = [ours.chat.render(prompt, open_answer=True) for prompt in prompts]
    list(ours.answer(prompts[:2]))
    tried = {batch: 0.0} if batch else best_batch(harness, texts)
    chosen = min(tried, key=lambda size: tried[size])
    seconds: dict[str, list[float]] = {"redone": [], "lm_eval": []}
    answers: dict[str, list[str]] = {}

    def run_ours() -> None:
        found = {answer.at: answer for answer in ours.answer(prompts)}
        answers["redone"] = [found[at].text or "" for at in range(len(prompts))]
        answers["finishes"] = [answer.finish for answer in found.values()]

    def run_theirs() -> None:
        answers["lm_eval"] = harness.answer(texts, chosen)

    for number in range(rounds):
        before, harness.slots = ours.work(), 0
        turns = [("redone", run_ours), ("lm_eval", run_theirs)]
        for name, work in turns if number % 2 == 0 else turns[::-1]:
            seconds[name].append(cpu_seconds(work))
    after = ours.work()
    floor = after["slots_floor"] - before["slots_floor"]
    computed = after["slots_computed"] - before["slots_computed"]
    pairs = zip(answers["redone"], answers["lm_eval"], strict=True)
    return {
        "seconds": {name: summary(values) for name, values in seconds.items()},
        "ratio": round(summary(seconds["lm_eval"])["median"] / summary(seconds["redone"])["median"], 2),
        "slots": {"floor": floor, "redone": computed, "lm_eval": harness.slots},
        "slots_over_floor": {
            "redone": round(computed / floor, 4),
            "lm_eval": round(harness.slots / floor, 4),
        },
        "same_answers": sum(a.strip() == b.strip() for a, b in pairs) / len(prompts),
        "ended": answers["finishes"].count("stop") / len(prompts),
        "lm_eval_batch": {"chosen": chosen, "tried_seconds": tried},
        "parameters": sum(p.numel() for p in ours.model.parameters()),
    }


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, required=True, help="folder with the SNS-Bench files")
    parser.add_argument("--items", type=int, default=0, help="so many, spread over the files; 0: all 6,658")
    parser.add_argument("--max-new-tokens", type=int, default=64)
    parser.add_argument("--end-scale", type=float, default=1.0, help="1: no answer ends before the limit")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument(
        "--batch", type=int, default=0, help="the harness' batch size; 0: the best of several"
    )
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    one_thread()
    prompts = read_prompts(arguments.data, arguments.items)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "model"
        make_folder(prompts, folder, arguments.end_scale)
        found = measure(prompts, folder, arguments.max_new_tokens, arguments.rounds, arguments.batch)
    print(
        json.dumps(
            {
                "benchmark": "evaluation",
                "items": len(prompts),
                "max_new_tokens": arguments.max_new_tokens,
                "end_scale": arguments.end_scale,
                **found,
                "environment": environment("torch", "transformers", "lm_eval"),
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
