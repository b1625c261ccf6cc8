"""Time of a DAPO step as the work grows: group size, prompt length, answer length, model size.

    python benchmarks/scaling.py [--rounds 3] [--plot scaling.svg] [--quick]

Each series changes one size and fits ``seconds = a * size ** exponent``; ``theory`` is the exponent of the
operations counted for the same sizes (weights' products, prompt once per group). Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
from pathlib import Path
from typing import Any

import numpy as np
from _clock import environment, one_thread
from _rl_ours import Ours
from _rl_shape import Shape, floors
from _world import parameters

SERIES: dict[str, list[tuple[float, Shape]]] = {
    "group_size": [(n, Shape(answers=n)) for n in (4, 8, 16, 32)],
    "prompt_tokens": [(n, Shape(prompt_tokens=n)) for n in (64, 128, 256, 512)],
    "answer_tokens": [(n, Shape(mean=n, longest=3 * n)) for n in (8, 16, 32, 64)],
    "hidden_size": [
        (n, Shape(sizes={"hidden_size": n, "intermediate_size": 2 * n})) for n in (128, 256, 512)
    ],
}


def measure(points: list[tuple[float, Shape]], rounds: int) -> dict[str, Any]:
    """One series: its points in turns."""
    sides = [(size, shape, Ours(shape, "f32")) for size, shape in points]
    seconds: dict[float, list[float]] = {size: [] for size, _ in points}
    operations: dict[float, float] = {}
    for number in range(rounds + 1):
        for size, shape, ours in sides:
            row = ours.step(number)
            if number:
                seconds[size].append(row["step"])
            operations[size] = sum(floors(shape, ours.model, row, 1.0).values())
    medians = {size: statistics.median(values) for size, values in seconds.items()}
    return {
        "sizes": list(medians),
        "seconds": [round(value, 4) for value in medians.values()],
        "operations": list(operations.values()),
        "parameters": [parameters(ours.model) for *_, ours in sides],
        "exponent": exponent(medians),
        "theory": exponent(operations),
    }


def exponent(series: dict[float, float]) -> float:
    """Slope of the logarithms."""
    slope = np.polyfit(np.log(list(series)), np.log(list(series.values())), 1)[0]
    return round(float(slope), 3)


def plot(found: dict[str, Any], path: Path) -> None:
    """One panel per series, both axes logarithmic."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, len(found), figsize=(4 * len(found), 3.4), squeeze=False)
    for panel, (name, series) in zip(panels[0], found.items(), strict=True):
        panel.loglog(series["sizes"], series["seconds"], marker="o")
        panel.set_xlabel(name.replace("_", " "))
        panel.set_ylabel("CPU seconds per step")
        panel.set_title(f"exponent {series['exponent']}, operations {series['theory']}", fontsize=9)
        panel.grid(True, which="both", alpha=0.3)
    figure.tight_layout()
    figure.savefig(path)


def main() -> None:
    """Measure, plot and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--series", nargs="*", default=list(SERIES), choices=list(SERIES))
    parser.add_argument("--plot", type=Path, help="write a picture there (SVG, PNG or PDF by its name)")
    parser.add_argument("--quick", action="store_true", help="two points and one round each: does it run?")
    options = parser.parse_args()
    one_thread()
    logging.disable(logging.WARNING)
    found = {}
    for name in options.series:
        points = SERIES[name][:2] if options.quick else SERIES[name]
        found[name] = measure(points, 1 if options.quick else options.rounds)
    if options.plot:
        plot(found, options.plot)
    packages = ("redone", "torch", "transformers")
    print(json.dumps({"benchmark": "scaling", **environment(*packages), "series": found}, indent=1))


if __name__ == "__main__":
    main()
