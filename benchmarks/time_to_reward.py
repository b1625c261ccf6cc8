"""Time to a fixed mean reward, beside TRL's GRPOTrainer with the same model, prompts, reward and rates.

    python benchmarks/time_to_reward.py [--goal 0.8] [--most 60] [--quick]

The task is made for this: a token of an answer earns when it is from the lower half of the vocabulary, so a random
model starts near 0.5 and every group teaches. The model has the shape of the embedded default. Steps take turns;
each side's clock stops at the first step whose answers earn the goal on average. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import time
from collections.abc import Sequence
from typing import Any

from _clock import environment, one_thread
from _rl_ours import Ours
from _rl_shape import Shape
from _rl_trl import run_trl
from _world import parameters

VOCABULARY = 1536
SIZES = {
    "vocab_size": VOCABULARY,
    "hidden_size": 192,
    "intermediate_size": 512,
    "num_hidden_layers": 6,
    "head_dim": 48,
}
SMALL = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 1,
    "head_dim": 8,
}


def reward(ids: Sequence[int]) -> float:
    """The share of tokens from the lower half of the vocabulary."""
    return sum(token < VOCABULARY // 2 for token in ids) / len(ids)


class Reached(Exception):
    """Both sides are at the goal."""


def measure(goal: float, most: int, sizes: dict[str, Any], rate: float) -> dict[str, Any]:
    """Run both until they are there, or ``most`` steps."""
    shape = Shape(prompts=8, prompt_tokens=40, answers=8, longest=12, sizes=sizes)
    settings = {"lr": rate, "clip": 1.0, "betas": (0.9, 0.999)}
    ours = Ours(shape, "f32", reward, **settings)
    reached: dict[str, dict[str, Any] | None] = {"trl": None, "redone": None}
    curves: dict[str, list[float]] = {"trl": [], "redone": []}
    spent = {"trl": 0.0, "redone": 0.0}
    rewards: list[float] = []

    def note(side: str, seconds: float, earned: float) -> None:
        if reached[side] is None:
            spent[side] += seconds
            curves[side].append(round(earned, 4))
            if earned >= goal:
                reached[side] = {"cpu_seconds": round(spent[side], 3), "steps": len(curves[side])}

    clock = {"mark": time.process_time()}

    def beside(number: int) -> None:
        note("trl", time.process_time() - clock["mark"], sum(rewards) / len(rewards))
        rewards.clear()
        if reached["redone"] is None:
            row = ours.step(number)
            note("redone", row["step"], row["reward"])
        if all(reached.values()):
            raise Reached
        clock["mark"] = time.process_time()

    def counted(ids: Sequence[int]) -> float:
        rewards.append(reward(ids))
        return rewards[-1]

    with contextlib.suppress(Reached):
        run_trl(
            shape,
            False,
            most,
            beside,
            counted,
            learning_rate=rate,
            lr_scheduler_type="constant",
            max_grad_norm=1.0,
        )
    result: dict[str, Any] = {
        "goal": goal,
        "reached": reached,
        "curves": curves,
        "parameters": parameters(ours.model),
    }
    if (theirs := reached["trl"]) and (mine := reached["redone"]):
        result["ratio"] = round(theirs["cpu_seconds"] / mine["cpu_seconds"], 2)
    return result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--goal", type=float, default=0.8)
    parser.add_argument("--most", type=int, default=60, help="steps after which it gives up")
    parser.add_argument("--quick", action="store_true", help="a tiny model and an easy goal: does it run?")
    options = parser.parse_args()
    one_thread()
    logging.disable(logging.WARNING)
    goal, sizes = (0.45, SMALL) if options.quick else (options.goal, SIZES)
    found = measure(goal, options.most, sizes, 1e-3)
    packages = ("redone", "torch", "transformers", "trl")
    print(json.dumps({"benchmark": "time_to_reward", **environment(*packages), **found}, indent=1))


if __name__ == "__main__":
    main()
