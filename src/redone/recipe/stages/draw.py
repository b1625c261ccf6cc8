"""Drawing training rows: stratified by capability, rare tasks up-weighted.

RedOne 2.0 (section 3.3.1) stratifies by capability and gives rare but impactful cases more weight, without a
formula. Ours: capabilities share the rows by their number of tasks; within one, a task's weight is its pool size
to a power that makes the rarest task's pull per example `upweight` times that of the most frequent one, or less
where that would give the rarer task more rows in all.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence

from redone.recipe.dataset import by_task
from redone.records import Example


def draw_by_capability(
    pool: Sequence[Example],
    count: int,
    capability: Callable[[str], str],
    upweight: float,
    rng: random.Random,
    emphasis: Mapping[str, float] | None = None,
) -> list[Example]:
    """``count`` rows; an example comes again only when its task has no more (rows may then repeat).

    ``emphasis`` multiplies the share of the tasks that it names, whatever their capability.
    """
    tasks = by_task(pool)
    if not tasks or count <= 0:
        return []
    weights = row_weights({task: len(own) for task, own in tasks.items()}, capability, upweight)
    weights = {task: weight * (emphasis or {}).get(task, 1.0) for task, weight in weights.items()}
    rows: list[Example] = []
    for task, share in apportion(weights, count).items():
        while share > 0:
            sweep = rng.sample(tasks[task], min(share, len(tasks[task])))
            rows += sweep
            share -= len(sweep)
    return rows


def row_weights(
    sizes: Mapping[str, int], capability: Callable[[str], str], upweight: float
) -> dict[str, float]:
    """Task -> share of the rows; shares add up to 1."""
    by_capability: dict[str, list[str]] = {}
    for task in sizes:
        by_capability.setdefault(capability(task), []).append(task)
    weights: dict[str, float] = {}
    for members in by_capability.values():
        own = [sizes[task] for task in members]
        spread = math.log(max(own) / min(own))
        # size ** (1 - power): the weight per example grows as size ** -power, `upweight` at the rarest. Above
        # power 1, pools of 89 and 90 examples would get rows in a ratio of two to one.
        power = min(1.0, math.log(upweight) / spread) if spread > 0 else 0.0
        raw = {task: sizes[task] ** (1 - power) for task in members}
        # Capabilities share by their number of tasks, so that a task counts alike wherever it stands.
        total = sum(raw.values())
        weights |= {task: value / total * len(members) / len(sizes) for task, value in raw.items()}
    return weights


def apportion(weights: Mapping[str, float], count: int) -> dict[str, int]:
    """Whole numbers in the ratio of the weights that add up to ``count`` (largest remainders)."""
    total = sum(weights.values())
    exact = {name: count * weight / total for name, weight in weights.items()}
    shares = {name: int(value) for name, value in exact.items()}
    rest = count - sum(shares.values())
    for name in sorted(exact, key=lambda n: (shares[n] - exact[n], n))[:rest]:
        shares[name] += 1
    return shares
