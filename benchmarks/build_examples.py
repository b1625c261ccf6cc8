"""Examples of all platform tasks built from the simulated platform: how many per second, in how much memory.

Prints one JSON object. The platform is simulated and its tasks are built in the same pass, block by block; each of
the processes takes every second block, so nothing is shared and nothing grows but the check for repeats
(each process has its own; ``distinct`` counts over both). No task
takes more than twice its even share, so that rare tasks stay visible. With ``--check N`` only N examples are built,
and the figures for ``--count`` follow from them in proportion: they are marked as such.

    python benchmarks/build_examples.py
    python benchmarks/build_examples.py --check 100000
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import resource
import time
from array import array
from collections import Counter
from collections.abc import Iterator
from typing import Any

from redone.records import Platform
from redone.sources.simulator import World, WorldSettings, make_block, make_world
from redone.tasks import BuildSettings, build_examples, task_ids

TASKS = task_ids("sns", "translation")
CROWDED = 2.0
"""How many times its even share a task may take."""


def _blocks(world: World, place: int, processes: int) -> Iterator[Platform]:
    size, number = world.settings.block_users, place
    while True:
        yield make_block(world, "train", number * size, size)
        number += processes


def _work(arguments: tuple[int, int, int, int]) -> dict[str, Any]:
    """Build one process's part; its CPU seconds, peak memory and counts."""
    place, processes, count, seed = arguments
    began, cpu = time.perf_counter(), time.process_time()
    world = make_world(WorldSettings(seed=seed))
    settings = BuildSettings(seed=seed, limit_per_task=int(CROWDED * count / len(TASKS)) + 1)
    built: Counter[str] = Counter()
    names = array("Q")
    for example in build_examples(_blocks(world, place, processes), task_ids=TASKS, settings=settings):
        built[example.task] += 1
        names.append(int(example.id.rsplit("/", 1)[1], 16))
        if built.total() == count:
            break
    return {
        "built": dict(built),
        "names": names,
        "cpu_s": time.process_time() - cpu,
        "wall_s": time.perf_counter() - began,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def main() -> None:
    """Build and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--check", type=int, default=0, help="build only so many and extrapolate")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    measured = given.check or given.count
    jobs = [
        (place, given.processes, measured // given.processes, given.seed) for place in range(given.processes)
    ]
    with multiprocessing.get_context("spawn").Pool(given.processes) as pool:
        parts = pool.map(_work, jobs, chunksize=1)
    print(json.dumps(_summary(parts, given.count), indent=2))


def _summary(parts: list[dict[str, Any]], count: int) -> dict[str, Any]:
    built: Counter[str] = Counter()
    for part in parts:
        built.update(part["built"])
    total = built.total()
    cpu = max(part["cpu_s"] for part in parts)
    base = 80 * 2**20  # what an idle process with the library loaded holds; only the rest grows
    peak = sum(part["peak_bytes"] for part in parts)
    scale = count / total
    return {
        "benchmark": "build_examples",
        "tasks": len(built),
        "examples": total,
        "distinct": len({name for part in parts for name in part["names"]}),
        "processes": len(parts),
        "cpu_seconds_all": round(sum(part["cpu_s"] for part in parts), 2),
        "cpu_seconds_slowest": round(cpu, 2),
        "wall_seconds_slowest": round(max(part["wall_s"] for part in parts), 2),
        "examples_per_cpu_second": round(total / sum(part["cpu_s"] for part in parts)),
        "peak_bytes_all": peak,
        "rarest_task": min(built.items(), key=lambda pair: pair[1]),
        "most_frequent_task": max(built.items(), key=lambda pair: pair[1]),
        "for_count": {
            "examples": count,
            "extrapolated": total < count,
            "seconds_on_two_free_cores": round(cpu * scale, 1),
            "peak_bytes_at_most": round(base * len(parts) + max(0, peak - base * len(parts)) * scale)
            if total < count
            else peak,
        },
        "python": platform.python_version(),
        "cores": os.cpu_count(),
    }


if __name__ == "__main__":
    main()
