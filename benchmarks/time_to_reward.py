"""Time to a fixed reward on the embedded default, beside TRL with the same model, data, rewards and rates.

    python benchmarks/time_to_reward.py --run runs/demo [--goal 0.40] [--seeds 0 1 2] [--quick]

Both sides start from the run's base and train on the prompts of its first stage, the same ones at the same step.
Each trains at its best settings: TRL's passes are those that were fastest of 128, 64, 32 and 16 rows. They take turns
step by step. Every few steps, outside the clock, each answers the same held-out prompts of the dev split; its clock
stops when these answers earn the goal on average. Every answer that is sampled counts. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from _clock import environment, one_thread
from _demo_stage import DemoStage, open_stage
from _demo_trl import run_trl
from _rl_ours import Stepper
from _small_run import make_small_run
from _world import parameters

from redone.model import GroupSampler, choose_attention, load_model


@dataclass
class Track:
    """One side's way to the goal. ``curve``: step, CPU seconds so far, reward of held-out prompts."""

    stage: DemoStage
    goal: float
    every: int
    reached: bool = False
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    curve: list[tuple[int, float, float]] = field(default_factory=list)

    def add(self, row: dict[str, Any], model: Any) -> None:
        """Count a step; look at the model when it is time."""
        if self.reached:
            return
        self.cpu.append(row["step"])
        self.wall.append(row["wall"])
        if len(self.cpu) % self.every == 0:
            earned = self.stage.held_out_reward(model.state_dict())
            self.curve.append((len(self.cpu), round(sum(self.cpu), 2), round(earned, 4)))
            self.reached = earned >= self.goal

    def as_json(self) -> dict[str, Any]:
        """Totals up to the goal, or up to the end without it."""
        return {
            "reached": self.reached,
            "steps": len(self.cpu),
            "cpu_seconds": round(sum(self.cpu), 2),
            "wall_seconds": round(sum(self.wall), 2),
            "step_cpu_seconds": round(statistics.median(self.cpu), 3),
            "curve": self.curve,
        }


def race(stage: DemoStage, goal: float, every: int, most: int, rows: int) -> dict[str, Any]:
    """Both sides in turns, until both are there or ``most`` steps are made."""
    model, chat = load_model(stage.base)
    choose_attention(model)
    sampler = GroupSampler(model, chat, kernels=stage.settings.kernels)
    ours = Stepper(model, sampler, stage.pool, stage.score, stage.settings)
    mine, theirs = (Track(stage, goal, every) for _ in range(2))

    def beside(row: dict[str, Any], other: Any) -> bool:
        theirs.add(row, other)
        if not mine.reached:
            mine.add(ours.step(), model)
        return not (mine.reached and theirs.reached)

    answers = stage.settings.groups_per_step * stage.settings.group_size
    rows = min(rows, answers)
    passes = {"per_device_train_batch_size": rows, "gradient_accumulation_steps": answers // rows}
    base = round(stage.held_out_reward(model.state_dict()), 4)
    run_trl(stage, most, passes, beside)
    found = {"parameters": parameters(model), "base": base, "trl": theirs.as_json(), "redone": mine.as_json()}
    if mine.reached and theirs.reached:
        found["ratio"] = {
            "cpu": round(sum(theirs.cpu) / sum(mine.cpu), 2),
            "wall": round(sum(theirs.wall) / sum(mine.wall), 2),
        }
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", type=Path, default=Path("runs/demo"), help="run folder of the demo")
    parser.add_argument("--goal", type=float, default=0.40, help="mean reward of held-out prompts")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="orders of the prompts")
    parser.add_argument("--every", type=int, default=4, help="steps between two looks at held-out prompts")
    parser.add_argument("--held-out", type=int, default=256, help="held-out prompts, 8 answers to each")
    parser.add_argument("--most", type=int, default=80, help="steps after which it gives up")
    parser.add_argument("--trl-rows", type=int, default=16, help="rows of one pass of TRL")
    parser.add_argument("--quick", action="store_true", help="a tiny random model, no goal: does it run?")
    options = parser.parse_args()
    one_thread()
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        if options.quick:
            recipe = Path(__file__).parents[1] / "recipes" / "redone-2-nano.yaml"
            options.run, options.goal, options.every = make_small_run(recipe, Path(folder)), 0.0, 1
            options.held_out, options.seeds = 8, [0]
        races = [
            race(
                open_stage(options.run, seed, options.held_out, layout="flat", kernels="fused"),
                options.goal, options.every, options.most, options.trl_rows,
            )
            for seed in options.seeds
        ]  # fmt: skip
    result: dict[str, Any] = {"benchmark": "time_to_reward", "goal": options.goal, "seeds": options.seeds}
    if ratios := [found["ratio"] for found in races if "ratio" in found]:
        result["median_ratio"] = {
            kind: statistics.median(r[kind] for r in ratios) for kind in ("cpu", "wall")
        }
    packages = ("redone", "torch", "transformers", "trl")
    print(json.dumps({**result, **environment(*packages), "races": races}, indent=1))


if __name__ == "__main__":
    main()
