"""One DAPO step, sampling and update, beside TRL's GRPOTrainer with loss_type "dapo".

    python benchmarks/rl_step.py [--rounds 5] [--quick]

Both sides train the same randomly initialised model of 5.1 M parameters on prompts of the same lengths and
are made to end their answers at the same lengths. Steps take turns in one process with one thread. Prints
one JSON object.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
from dataclasses import replace
from typing import Any

import torch
from _clock import environment, one_thread, peak_flops, summary
from _rl_ours import Ours
from _rl_shape import WARM_UP, Shape, floors
from _rl_trl import run_trl
from _world import parameters


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
"""Rows of one pass of TRL; one pass of 256 long ones ended without a result on a machine of 23 GB."""
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
