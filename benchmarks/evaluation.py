"""SNS-Bench on a local model of five million parameters, beside lm-evaluation-harness' HF backend.

    python benchmarks/evaluation.py --data bench/sns-bench                      # all 6,658 items
    python benchmarks/evaluation.py --data bench/sns-bench --items 512          # a part of them
    python benchmarks/evaluation.py --data bench/sns-bench --items 512 --max-new-tokens 256 --end-scale 4

Both sides answer the same prompts with the same weights (Qwen3, random, made here) in f32 on one thread, greedily, in
turns, and CPU seconds are counted: from chat turns to texts on our side, from rendered prompts to texts on the
harness'. It gets the best of several batch sizes, found on neighbours in length; its "auto" fills rows of the whole
context first, which does not suit a CPU. --items takes runs of 64 neighbours in length, spread over all lengths, so
that batches are padded as little as in the full set.

A random model never ends an answer: with --end-scale 1 every answer has the full length, and dropping ended answers
counts for nothing. A larger scale makes the end token's row longer, so that most answers end early, as an instruct
model's do, and some run to the limit. "ended" is their share. Both are worth stating. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from _clock import cpu_seconds, environment, one_thread, summary
from _lm_eval import Harness

from redone.bench.catalogue import choose
from redone.bench.prompts import prompt_for
from redone.bench.runner import Answer, LocalAnswerer
from redone.bench.runner.answerers import Decoding
from redone.model import TinySettings, create_model, save_model, train_tokenizer
from redone.records import Message

SIZES = TinySettings(hidden=256, layers=6, heads=8, kv_heads=2, head_dim=32, mlp=768, context=8192)
VOCABULARY = 4096
NEIGHBOURS = 64

Prompts = list[tuple[Message, ...]]


def read_prompts(data: Path, items: int) -> Prompts:
    """The prompts of all items, or of about ``items``: runs of neighbours in length, evenly over all lengths."""
    found = [prompt_for(own, item) for own in choose("sns-bench") for item in own.load(data).items]
    if not items or items >= len(found):
        return found
    found.sort(key=lambda prompt: sum(len(message.content) for message in prompt))
    size = min(items, NEIGHBOURS)
    starts = [(2 * at + 1) * len(found) // (2 * (items // size)) - size // 2 for at in range(items // size)]
    return [prompt for start in starts for prompt in found[start : start + size]]


def make_folder(prompts: Prompts, folder: Path, end_scale: float) -> None:
    """A model folder with random weights and a vocabulary trained on a part of the prompts."""
    texts = [message.content for prompt in prompts[:: max(1, len(prompts) // 1000)] for message in prompt]
    chat = train_tokenizer(texts, VOCABULARY)
    model = create_model(SIZES, chat, seed=0)
    with torch.no_grad():
        model.get_input_embeddings().weight[chat.end_id] *= end_scale
    save_model(folder, model, chat, "Random weights, made to measure speed.")


class Sides:
    """Both sides on the same prompts: what each took, and what each said."""

    def __init__(self, prompts: Prompts, folder: Path, longest: int) -> None:
        self.prompts = prompts
        self.ours = LocalAnswerer(folder, Decoding(max_new_tokens=longest))
        self.ours.chat.remembered = 0  # the harness reads its prompts anew each round too
        self.harness = Harness(folder, longest)
        self.texts = [self.ours.chat.render(prompt, open_answer=True) for prompt in prompts]
        self.seconds: dict[str, list[float]] = {"redone": [], "lm_eval": []}
        self.answers: list[Answer] = []
        self.theirs: list[str] = []
        list(self.ours.answer(prompts[:2]))

    def take_turns(self, rounds: int, batch: int) -> None:
        """Let both answer all prompts ``rounds`` times; who begins changes with every round."""
        for number in range(rounds):
            for name in ("redone", "lm_eval") if number % 2 == 0 else ("lm_eval", "redone"):
                work = self._ours if name == "redone" else lambda: self._theirs(batch)
                self.seconds[name].append(cpu_seconds(work))
                print(f"{name}: {self.seconds[name][-1]:.1f} s", file=sys.stderr, flush=True)

    def _ours(self) -> None:
        self.before = self.ours.work()
        self.answers = sorted(self.ours.answer(self.prompts), key=lambda answer: answer.at)

    def _theirs(self, batch: int) -> None:
        self.harness.slots = 0
        self.theirs = self.harness.answer(self.texts, batch)

    def result(self) -> dict[str, Any]:
        """Seconds, their ratio, and token positions against the floor."""
        seconds = {name: summary(values) for name, values in self.seconds.items()}
        after = self.ours.work()
        floor, computed = (after[name] - self.before[name] for name in ("slots_floor", "slots_computed"))
        pairs = zip(self.answers, self.theirs, strict=True)
        return {
            "seconds": seconds,
            "ratio": round(seconds["lm_eval"]["median"] / seconds["redone"]["median"], 2),
            "slots": {"floor": floor, "redone": computed, "lm_eval": self.harness.slots},
            "slots_over_floor": {
                "redone": round(computed / floor, 4),
                "lm_eval": round(self.harness.slots / floor, 4),
            },
            "same_answers": sum(a.text == b.strip() for a, b in pairs) / len(self.prompts),
            "ended": sum(answer.finish == "stop" for answer in self.answers) / len(self.prompts),
            "parameters": sum(p.numel() for p in self.ours.model.parameters()),
        }


def measure(prompts: Prompts, folder: Path, asked: argparse.Namespace) -> dict[str, Any]:
    """Find the harness' batch size, let both sides take turns, and say what they took."""
    sides = Sides(prompts, folder, asked.max_new_tokens)
    tried = {} if asked.batch else sides.harness.best_batch(sides.texts)
    chosen = asked.batch or min(tried, key=lambda size: tried[size])
    print(f"the harness in batches of {chosen} ({tried})", file=sys.stderr, flush=True)
    sides.take_turns(asked.rounds, chosen)
    return {**sides.result(), "lm_eval_batch": {"chosen": chosen, "tried_seconds": tried}}


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with the SNS-Bench files")
    parser.add_argument("--items", type=int, default=0, help="about so many; 0: all 6,658")
    parser.add_argument("--max-new-tokens", type=int, default=64)
    parser.add_argument("--end-scale", type=float, default=1.0, help="1: no answer ends before the limit")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument(
        "--batch", type=int, default=0, help="the harness' batch size; 0: the best of 8 to 64"
    )
    return parser.parse_args(given)


def main() -> None:
    """Parse, measure, print."""
    asked = arguments()
    logging.disable(logging.WARNING)
    one_thread()
    prompts = read_prompts(asked.data, asked.items)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "model"
        make_folder(prompts, folder, asked.end_scale)
        found = measure(prompts, folder, asked)
    settings = {name: getattr(asked, name) for name in ("max_new_tokens", "end_scale", "rounds")}
    about = environment("torch", "transformers", "lm_eval")
    print(
        json.dumps(
            {"benchmark": "evaluation", "items": len(prompts), **settings, **found, "environment": about},
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
