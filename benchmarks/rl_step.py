"""One DAPO step, sampling and update, beside TRL's GRPOTrainer with loss_type "dapo".

    python benchmarks/rl_step.py [--rounds 5] [--quick]

Both sides train the same randomly initialised model of 5.1 M parameters on prompts of the same lengths and
are made to end their answers at the same lengths. Steps take turns in one process with one thread. Prints
one JSON object.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from _clock import environment, one_thread, peak_flops, summary
from _world import (
    STOP,
    ForcedLengths,
    answer_lengths,
    as_text,
    ids_of,
    make_model,
    make_prompts,
    make_tokenizer,
    parameters,
)

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

WARM_UP = 1


@dataclass(frozen=True)
class Shape:
    """The size of a step."""

    prompts: int = 16
    prompt_tokens: int = 64
    answers: int = 8
    mean: int = 15
    longest: int = 48
    vocabulary: int = 6144
    sizes: dict[str, Any] = field(default_factory=dict)

    def lengths(self, step: int) -> list[int]:
        """The answers' lengths in a step, the same for both sides."""
        return answer_lengths(self.prompts * self.answers, self.mean, self.longest, step)


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


def run_trl(
    shape: Shape,
    bf16: bool,
    rounds: int,
    beside: Callable[[int], None],
    reward: Callable[[Sequence[int]], float] | None = None,
    **options: Any,
) -> list[dict[str, float]]:
    """A real GRPOTrainer; ``beside`` is called after each of its steps. Answers' ends are forced without reward."""
    import trl
    from datasets import Dataset
    from transformers import TrainerCallback

    dtype = options.pop("dtype", torch.float32)
    model = make_model(dtype, **shape.sizes)
    forced = ForcedLengths()
    times: list[dict[str, float]] = []
    clock = {"generate": 0.0, "began": 0.0}
    plain = model.generate

    def generate(*arguments: Any, **named: Any) -> Any:
        assert named["input_ids"].shape[1] == shape.prompt_tokens, "both sides read prompts of one length"
        began = time.process_time()
        made = plain(*arguments, **named, logits_processor=[forced] if reward is None else [])
        clock["generate"] += time.process_time() - began
        return made

    model.generate = generate

    class Clock(TrainerCallback):
        """Times whole steps of the trainer."""

        def on_step_begin(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
            """Force the step's lengths and start the clock."""
            forced.start(shape.lengths(state.global_step))
            clock.update(generate=0.0, began=time.process_time())

        def on_step_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
            """Stop the clock and let the other side make its step."""
            whole = time.process_time() - clock["began"]
            times.append({"generate": clock["generate"], "update": whole - clock["generate"], "step": whole})
            if earned:
                times[-1]["reward"] = statistics.fmean(earned)
                earned.clear()
            beside(len(times) - 1)

    earned: list[float] = []

    def score(completions: Sequence[str], completion_ids: Sequence[Sequence[int]], **_: Any) -> list[float]:
        if reward is None:
            return [float(place % 2) for place in range(len(completions))]
        earned.extend(map(reward, completion_ids))
        return list(earned)

    vocabulary = model.config.vocab_size
    prompts = make_prompts(16 * shape.prompts, shape.prompt_tokens, 1, vocabulary)
    rows = shape.prompts * shape.answers
    with tempfile.TemporaryDirectory() as folder:
        config = trl.GRPOConfig(
            output_dir=folder,
            use_cpu=True,
            bf16=bf16,
            gradient_checkpointing=False,
            report_to=[],
            disable_tqdm=True,
            save_strategy="no",
            logging_strategy="no",
            loss_type="dapo",
            beta=0.0,
            epsilon=0.2,
            epsilon_high=0.28,
            num_generations=shape.answers,
            max_completion_length=shape.longest,
            max_steps=rounds + WARM_UP,
            **({"learning_rate": 1e-6, "per_device_train_batch_size": rows} | options),
        )
        trainer = trl.GRPOTrainer(
            model,
            reward_funcs=score,
            args=config,
            train_dataset=Dataset.from_list([{"prompt": as_text(ids)} for ids in prompts]),
            processing_class=make_tokenizer(vocabulary),
            callbacks=[Clock()],
        )
        with quiet():
            trainer.train()
    return times


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep other packages' prints out of the JSON."""
    with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def floors(shape: Shape, model: Any, row: dict[str, Any], peak: float) -> dict[str, float]:
    """Seconds that the weights' products alone need at the measured peak, prompt once per group.

    Products of tokens with weights only (2 operations per weight forwards, 4 backwards), the head where a
    token is predicted; attention, norms, softmax and the optimizer are not counted.
    """
    head = model.get_output_embeddings().weight.numel()
    body = sum(p.numel() for p in model.model.layers.parameters() if p.ndim == 2)
    answers = row["answer_tokens"]
    fed = shape.prompts * shape.prompt_tokens + answers - shape.prompts * shape.answers
    heads = shape.prompts + answers - shape.prompts * shape.answers
    return {
        "generate": (2 * body * fed + 2 * head * heads) / peak,
        "update": (6 * body * row["columns"] + 6 * head * answers) / peak,
    }


def compare(shape: Shape, compute: str, rounds: int, trl_options: dict[str, Any]) -> dict[str, Any]:
    """Steps of both sides in turns, with their floors."""
    ours = Ours(shape, compute)
    mine: list[dict[str, Any]] = []
    peaks: list[float] = []
    dtype = torch.bfloat16 if compute == "bf16" else torch.float32

    def beside(number: int) -> None:
        peak = peak_flops(dtype)
        row = ours.step(number)
        if number >= WARM_UP:
            floor = floors(shape, ours.model, row, peak)
            peaks.append(peak)
            mine.append(row | {f"floor_{name}": value for name, value in floor.items()})

    theirs = run_trl(shape, compute == "bf16", rounds, beside, **trl_options)[WARM_UP:]
    result: dict[str, Any] = {
        "compute": compute,
        "prompts": shape.prompts,
        "prompt_tokens": shape.prompt_tokens,
        "answers_per_prompt": shape.answers,
        "mean_answer_tokens": shape.mean,
        "longest_answer": shape.longest,
        "parameters": parameters(ours.model),
        "trl_options": {name: str(value) for name, value in trl_options.items()},
        "peak_gflops": round(statistics.median(peaks) / 1e9, 1),
        "slots": mine[0]["slots"],
    }
    for part in ("step", "generate", "update"):
        result[part] = {
            "trl": summary([row[part] for row in theirs]),
            "redone": summary([row[part] for row in mine]),
            "ratio": round(
                statistics.median(t[part] / m[part] for t, m in zip(theirs, mine, strict=True)), 2
            ),
        }
    for part in ("generate", "update"):
        result[part]["times_floor"] = round(
            statistics.median(row[part] / row[f"floor_{part}"] for row in mine), 2
        )
    return result


CASES: dict[str, tuple[Shape, str]] = {
    "f32": (Shape(), "f32"),
    "bf16": (Shape(), "bf16"),
    "f32_long": (Shape(prompt_tokens=256, answers=16), "f32"),
    "bf16_long": (Shape(prompt_tokens=256, answers=16), "bf16"),
}
MOST_ROWS = 128
"""Rows of one pass of TRL; at 256 of the long ones it needs more than 10 GB."""
TINY = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "vocab_size": 512}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="measured steps of each side")
    parser.add_argument("--cases", nargs="*", default=list(CASES), choices=list(CASES))
    parser.add_argument("--prompts", type=int, default=16, help="prompts of a step")
    parser.add_argument("--trl-rows", type=int, default=MOST_ROWS, help="rows of one pass of TRL")
    parser.add_argument("--quick", action="store_true", help="a tiny model and one round: does it run?")
    options = parser.parse_args()
    one_thread()
    logging.disable(logging.WARNING)
    results = {}
    for name in options.cases:
        shape, compute = CASES[name]
        shape = replace(shape, prompts=options.prompts)
        if options.quick:
            shape = Shape(prompts=2, prompt_tokens=8, answers=4, mean=4, longest=8, sizes=TINY)
        rows = min(options.trl_rows, shape.prompts * shape.answers)
        passes = {
            "per_device_train_batch_size": rows,
            "gradient_accumulation_steps": shape.prompts * shape.answers // rows,
        }
        results[name] = compare(shape, compute, 1 if options.quick else options.rounds, passes)
    packages = ("redone", "torch", "transformers", "trl")
    print(json.dumps({"benchmark": "rl_step", **environment(*packages), "cases": results}, indent=1))


if __name__ == "__main__":
    main()
