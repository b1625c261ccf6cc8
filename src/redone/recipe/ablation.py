"""Arms times seeds, as run folders that share what they have in common through one cache."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from redone.errors import UserError
from redone.recipe.comparison import markdown, numbers
from redone.recipe.config import (
    AblationRecipe,
    Arm,
    Recipe,
    read_tree,
    validate,
    with_overrides,
)
from redone.recipe.context import Workshop
from redone.recipe.durable import disk_errors, write_bytes, write_json
from redone.recipe.lock import hold
from redone.recipe.processes import refuse_many_processes
from redone.recipe.runner import RunOptions, run


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One arm on one seed."""

    arm: str
    seed: int
    recipe: Recipe

    @property
    def place(self) -> str:
        """Where its run folder lies below the ablation's."""
        return f"arms/{self.arm}/seed-{self.seed}"


def expand(ablation: AblationRecipe) -> Iterator[Trial]:
    """Yield every trial, seed by seed, so that a table for the first seed is there early.

    Raises:
        UserError: an arm names a stage that there is not, or a setting that is wrong; nothing has run then.

    """
    below = read_tree(Path(ablation.recipe))
    others = [stage for path in ablation.stages_of for stage in read_tree(Path(path)).get("stages", [])]
    stages = [
        *below.get("stages", []),
        *others,
        *(stage.model_dump(mode="json") for stage in ablation.stages),
    ]
    names = [str(stage.get("name", stage.get("kind"))) for stage in stages]
    if double := sorted({name for name in names if names.count(name) > 1}):
        raise UserError(f"two stages that arms can name are called {double[0]!r}; give one another `name`")
    tree = with_overrides({**below, "stages": stages}, ablation.set)
    for seed in ablation.seeds:
        for name, arm in ablation.arms.items():
            yield Trial(arm=name, seed=seed, recipe=_recipe(tree, name, arm, seed))


def run_ablation(
    ablation: AblationRecipe, out: Path, workshop: Workshop, options: RunOptions | None = None
) -> dict[str, Any]:
    """Run what is not there yet and write ``ablation.json``, ``comparison.json`` and ``comparison.md``.

    Arms whose first stages agree in settings and data compute them once. The files are written anew after each
    trial. Returns the content of comparison.json.

    Raises:
        UserError: an arm is wrong, or the folder is in use or holds other work.
        Interrupted: stopped on request; the same call goes on.

    """
    refuse_many_processes("an ablation")
    options = options or RunOptions()
    trials = list(expand(ablation))
    rows: list[dict[str, Any]] = []
    with disk_errors(out):
        out.mkdir(parents=True, exist_ok=True)
        with hold(out):
            inner = replace(options, cache=out / "cache", share="all")
            for number, trial in enumerate(trials, start=1):
                title = f"== {number}/{len(trials)}: {trial.arm}, seed {trial.seed} =="
                options.display.say(title, style="bold")
                summary = run(trial.recipe, out / trial.place, workshop, inner)
                rows.append(_row(trial, summary.results))
                comparison = _write(ablation, rows, out)
    return comparison


def check(ablation: AblationRecipe, say: Callable[[str], None]) -> None:
    """Say what the ablation would run and how much of it arms share."""
    trials = list(expand(ablation))
    say(f"{ablation.name}: {len(ablation.arms)} arms x {len(ablation.seeds)} seeds = {len(trials)} runs")
    for trial in trials[: len(ablation.arms)]:
        say(f"  {trial.arm}: {' -> '.join(['base', *(s.name for s in trial.recipe.stages)])}")


def _recipe(tree: Mapping[str, Any], name: str, arm: Arm, seed: int) -> Recipe:
    known = {str(stage.get("name", stage.get("kind"))): stage for stage in tree["stages"]}
    for stage in arm.stages:
        if stage not in known:
            raise UserError(f"arms.{name}.stages: there is no stage {stage!r}; there are {', '.join(known)}")
    chosen = {**copy.deepcopy(dict(tree)), "seed": seed}
    chosen["stages"] = [copy.deepcopy(known[stage]) for stage in arm.stages]
    return validate(Recipe, with_overrides(chosen, arm.set), f"arms.{name}")


def _row(trial: Trial, results: Mapping[str, Any]) -> dict[str, Any]:
    stages = results["stages"]
    trained = stages[1:]
    return {
        "arm": trial.arm,
        "seed": trial.seed,
        "headline": results["headline"],
        "examples": max((stage["examples"] for stage in trained), default=0),
        "prompts": sum(stage["prompts"] for stage in trained),
        "tokens": sum(stage["tokens"] for stage in trained),
        "steps": sum(stage["steps"] for stage in trained),
        "seconds": round(sum(stage["seconds"] for stage in trained), 1),
        "unseen_tasks": list(trial.recipe.data.unseen_tasks),
        "held_out_tasks": list(getattr(trial.recipe.data, "held_out_tasks", ())),
        "stages": stages,
    }


def _write(ablation: AblationRecipe, rows: list[dict[str, Any]], out: Path) -> dict[str, Any]:
    labels = {name: arm.label or name for name, arm in ablation.arms.items()}
    comparison = numbers(rows, labels, ablation.compare, ablation.tasks)
    write_json(
        out / "ablation.json",
        {
            "schema": 1,
            "name": ablation.name,
            "headline": rows[-1]["headline"],
            "arms": {name: {"title": label} for name, label in labels.items()},
            "tasks": list(ablation.tasks),
            "rows": rows,
        },
    )
    write_json(out / "comparison.json", {"schema": 1, "name": ablation.name, **comparison})
    write_bytes(out / "comparison.md", markdown(ablation.name, comparison).encode())
    return comparison
