"""A run by several processes that torchrun started: one leads and writes, the others do every stage with it.

All call the same stage functions with the same inputs; training, sampling and scoring inside them are shared out.
What a follower writes goes into a folder that is thrown away. A base model is made by the first process alone.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from redone.errors import AlreadySaid, RedoneError, UserError
from redone.recipe.config import Recipe
from redone.recipe.context import StageContext, Workshop
from redone.recipe.metrics_log import MetricsLog
from redone.recipe.planning import PlannedStage, plan
from redone.recipe.progress import Silent
from redone.recipe.stopping import StopFlag, stopping

ALONE = frozenset({"", "0", "1"})
LONGEST_WAIT = 7 * 24 * 3600.0
"""Seconds that followers wait for the first process, which may be making a base model."""
HEAR_OTHERS = 2.0
"""Seconds that a process which only lost a peer leaves to the one that knows why."""


@dataclass(frozen=True, slots=True)
class Crew:
    """The other processes as the one that leads sees them; none without ``world``."""

    world: Any = None

    def sharing(self, part: str, index: int, context: StageContext) -> AbstractContextManager[None]:
        """Inside, the others do the same part ("make" or "measure") of the stage with that index."""
        if self.world is None or (index == 0 and part == "make"):
            return nullcontext()
        task = {
            "part": part,
            "index": index,
            "name": context.name,
            "seed": context.seed,
            "work": str(context.work),
            "previous": str(context.previous),
            "earlier": {name: str(folder) for name, folder in context.earlier.items()},
        }
        return self._called(task)

    @contextmanager
    def _called(self, task: dict[str, Any]) -> Iterator[None]:
        from redone.training.parallel import within

        self.world.tell(task)
        with within(self.world):
            yield

    def dismiss(self) -> None:
        """Let the others end."""
        if self.world is not None:
            self.world.tell(None)


@contextmanager
def joined(recipe: Recipe) -> Iterator[Any]:
    """The processes of this run, or None when it is one; inside, each works by itself until told otherwise.

    Raises:
        AlreadySaid: this process failed after another one, whose error is shown.

    """
    if not many():
        yield None
        return
    from redone.training.parallel import RankError, alone, first_to_fail, start_world, stop_world

    world = start_world(LONGEST_WAIT, recipe.device)
    try:
        with alone():
            yield world
    except Exception as error:
        if isinstance(error, RankError):
            time.sleep(HEAR_OTHERS)
        if not first_to_fail():
            raise AlreadySaid(getattr(error, "exit_code", RedoneError.exit_code)) from error
        raise
    stop_world()


def follow(recipe: Recipe, root: Path, workshop: Workshop, world: Any) -> None:
    """Do with the first process what it asks for, until it has no more."""
    from redone.training.parallel import within

    planned = plan(recipe, workshop.fingerprint(recipe))
    dataset: Any = None
    with stopping(quiet=True) as stop:
        while (task := world.tell(None)) is not None:
            with TemporaryDirectory(prefix="redone-") as scratch:
                dataset = dataset or workshop.prepare(recipe, Path(scratch))
                stage = planned[task["index"]]
                context = _follower_context(recipe, stage, task, Path(scratch), dataset, stop)
                with within(world):
                    if task["part"] == "make":
                        workshop.stages[stage.kind](context)
                    else:
                        workshop.evaluate(context)


def _follower_context(
    recipe: Recipe, stage: PlannedStage, task: dict[str, Any], scratch: Path, dataset: Any, stop: StopFlag
) -> StageContext:
    folder = scratch / "stages" / "own"
    (folder / "work").mkdir(parents=True)
    for entry in Path(task["work"]).glob("*/step-*"):  # checkpoints, which a follower reads and never writes
        link = folder / "work" / entry.parent.name
        if not link.exists():
            link.symlink_to(entry.parent.resolve())
    return StageContext(
        recipe=recipe,
        settings=stage.settings,
        name=task["name"],
        seed=task["seed"],
        folder=folder,
        work=folder / "work",
        rollouts=scratch / "rollouts.parquet",
        previous=Path(task["previous"]),
        earlier={name: Path(path) for name, path in task["earlier"].items()},
        dataset=dataset,
        log=MetricsLog(scratch / "metrics.jsonl").for_stage(task["name"], frozenset()),
        progress=Silent(),
        stop=stop,
    )


def many() -> bool:
    """Whether torchrun or its like started several processes."""
    return os.environ.get("WORLD_SIZE", "").strip() not in ALONE


def refuse_many_processes(what: str) -> None:
    """Refuse to be one of several processes.

    Raises:
        UserError: ``WORLD_SIZE``, which torchrun and its like set, is more than 1.

    """
    if many():
        raise UserError(
            f"WORLD_SIZE is {os.environ['WORLD_SIZE']}: {what} is for one process. Start it without torchrun "
            "(or unset WORLD_SIZE); several processes run a recipe by `redone run`"
        )
