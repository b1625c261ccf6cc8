"""A DAPO step in each of our own forms: layouts and kernels, in turns.

    python benchmarks/forms.py [--rounds 5] [--compute f32] [--quick]

Seconds are CPU seconds; beside them stands how many times the floor they are, the time of the products with weights
at the speed of ``torch.matmul`` in the same run. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import statistics
from typing import Any

import torch
from _clock import environment, one_thread, peak_flops
from _rl_ours import Ours
from _rl_shape import Shape, floors

from redone.model.products import Kernels
from redone.training.packing import Layout

FORMS: tuple[tuple[Layout, Kernels], ...] = (
    ("rows", "torch"),
    ("flat", "torch"),
    ("flat", "onednn"),
    ("flat", "fused"),
)
TINY = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "vocab_size": 512}


def measure(shape: Shape, compute: str, rounds: int) -> dict[str, Any]:
    """Medians of every form; the first round is not counted."""
    sides = {form: Ours(shape, compute, *form) for form in FORMS}
    seen: dict[Any, list[dict[str, float]]] = {form: [] for form in FORMS}
    for number in range(rounds + 1):
        peak = peak_flops(torch.bfloat16 if compute == "bf16" else torch.float32)
        for form, ours in sides.items():
            row = ours.step(number)
            floor = floors(shape, ours.model, row, peak)
            row |= {f"{part}_times_floor": row[part] / least for part, least in floor.items()}
            if number:
                seen[form].append(row)
    parts = ("generate", "generate_times_floor", "update", "update_times_floor", "step")
    return {
        ", ".join(form): {part: round(statistics.median(row[part] for row in rows), 3) for part in parts}
        for form, rows in seen.items()
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="measured steps of each form")
    parser.add_argument("--compute", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--quick", action="store_true", help="a tiny model and one round: does it run?")
    options = parser.parse_args()
    one_thread()
    shape, rounds = Shape(), options.rounds
    if options.quick:
        shape, rounds = Shape(prompts=2, prompt_tokens=8, answers=4, mean=4, longest=8, sizes=TINY), 1
    found = measure(shape, options.compute, rounds)
    told = {"benchmark": "forms", "compute": options.compute, "rounds": rounds}
    print(json.dumps({**told, **environment("redone", "torch"), "forms": found}, indent=1))


if __name__ == "__main__":
    main()
