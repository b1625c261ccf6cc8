"""Which world to simulate and who serves an arm, from what is written on the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from redone.bench.runner import open_answerer
from redone.bench.runner.answerers import Decoding
from redone.errors import UserError
from redone.experiment.simulate.applications import (
    Applications,
    MixedApplications,
    Progress,
    TaskApplications,
)
from redone.recipe.config import Recipe, SimulatorData
from redone.recipe.simulated import world_of
from redone.sources.simulator import World, WorldSettings, make_world

APPLICATIONS = ("harmful", "queries", "titles")
_LONGEST_ANSWER = 32
"""Tokens: titles and searches are short, and a model that rambles is cut and counts as silent."""
_PARENTS = 4
DEV_NOTES = 96
"""Notes of the dev split on which detection is calibrated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """How models are asked; behind a URL: the name they serve and the variable that holds the key."""

    model_name: str = ""
    key_variable: str = ""
    served: bool = False
    """Use the applications of the service (model folders only) in place of bare tasks."""


def world_for(run: Path | None, models: Sequence[str], seed: int) -> World:
    """The world of a run folder, else of the run that a model folder lies in, else a default one by seed.

    A model knows the words of the world it was trained on; in another world it only shows how it guesses.

    Raises:
        UserError: ``run`` holds no recipe of the embedded platform.

    """
    folders = [run] if run else [p for m in models if Path(m).is_dir() for p in _above(Path(m))]
    for folder in folders:
        path = folder / "recipe.resolved.json"
        if path.is_file():
            try:
                recipe = Recipe.model_validate_json(path.read_bytes())
            except ValidationError as error:
                raise UserError(f"{path} is no recipe of this version: {str(error)[:300]}") from error
            if isinstance(recipe.data, SimulatorData):
                return world_of(recipe)
    if run:
        raise UserError(
            f"{run} holds no run of the embedded platform (recipe.resolved.json): leave --run out"
        )
    return make_world(WorldSettings(seed=seed))


def _above(model: Path) -> list[Path]:
    resolved = model.resolve()
    return [resolved, *resolved.parents][:_PARENTS]


def open_arm(
    given: Sequence[str], world: World, endpoint: Endpoint, progress: Progress | None = None
) -> Applications:
    """An arm from one model (folder or URL), or from ``harmful=M queries=M titles=M``.

    Raises:
        UserError: an application is missing, unknown or given twice, or a model cannot be opened.

    """
    parts = dict(_named(item) for item in given)
    if set(parts) == {""} and len(given) == 1:
        return _applications(parts[""], world, endpoint, progress)
    if set(parts) != set(APPLICATIONS) or len(given) != len(APPLICATIONS):
        raise UserError(
            f"an arm is {list(given)}: give one model, or one for each of {', '.join(APPLICATIONS)} as NAME=MODEL"
        )
    opened = {name: _applications(model, world, endpoint, progress) for name, model in parts.items()}
    return MixedApplications(opened["harmful"], opened["queries"], opened["titles"])


def _named(item: str) -> tuple[str, str]:
    name, equals, model = item.partition("=")
    return (name, model) if equals and name in APPLICATIONS else ("", item)


def _applications(model: str, world: World, endpoint: Endpoint, progress: Progress | None) -> Applications:
    if endpoint.served:
        # The service brings web libraries, which the other ways do without.
        from redone.experiment.simulate.served_applications import ServedApplications, dev_notes, policy_of

        if not Path(model).is_dir():
            raise UserError(
                f"{model} is no model folder: --applications served needs one; use tasks for URLs"
            )
        notes = dev_notes(world, DEV_NOTES)
        return ServedApplications(Path(model), policy_of(world), notes, progress or (lambda count: None))
    decoding = Decoding(max_new_tokens=_LONGEST_ANSWER)
    answerer = open_answerer(model, endpoint.model_name, decoding, endpoint.key_variable)
    return TaskApplications(answerer, clauses(world), progress)


def clauses(world: World) -> Mapping[str, Sequence[str]]:
    """The clauses of the world's policy in each language."""
    policy = world.policy()
    return {
        "en": [text for name, text in policy.items() if ":" not in name],
        "zh": [text for name, text in policy.items() if name.endswith(":zh")],
    }


def answers_needed(world: World, notes: int, arms: int, *, served: bool) -> int:
    """How many steps a simulation has, for the progress bar: answers, or notes where they are served."""
    return arms * (notes * 3 + DEV_NOTES if served else notes * (len(world.harms) + 2))
