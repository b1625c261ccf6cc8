"""What all stages of a run share (folders, cache, crew, display), and what one stage is given of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redone.recipe.cache import StageCache
from redone.recipe.config import Recipe
from redone.recipe.context import StageContext, Workshop
from redone.recipe.durable import write_json
from redone.recipe.folder import RunFolder, StageFolder
from redone.recipe.hashing import derive_seed
from redone.recipe.metrics_log import MetricsLog
from redone.recipe.planning import PlannedStage
from redone.recipe.processes import Crew
from redone.recipe.progress import Display, Silent
from redone.recipe.stage_record import Made
from redone.recipe.stopping import StopFlag


class LazyDataset:
    """The dataset, prepared when the first stage needs it: a finished run is looked at without it.

    What was counted or left out on the way is said, and kept in ``dataset.json``.
    """

    def __init__(self, recipe: Recipe, workshop: Workshop, folder: RunFolder, display: Display) -> None:
        self._recipe, self._workshop, self._folder, self._display = recipe, workshop, folder, display
        self._value: Any = None
        self._ready = False

    def get(self) -> Any:
        """Return the dataset."""
        if not self._ready:
            self._value, self._ready = self._workshop.prepare(self._recipe, self._folder.root), True
            notes = list(self._workshop.notes(self._value))
            write_json(self._folder.dataset, {"notes": notes})
            for note in notes:
                self._display.say(note)
        return self._value


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """What all stages of a run work with. ``cached`` says up to which index stages go through the cache.

    ``profile``: whether training writes where its time goes. ``crew``: the other processes of the run.
    """

    recipe: Recipe
    workshop: Workshop
    folder: RunFolder
    log: MetricsLog
    display: Display
    stop: StopFlag
    dataset: LazyDataset
    evaluation_config: Mapping[str, Any]
    cache: StageCache | None
    cached: int
    profile: bool = False
    crew: Crew = field(default_factory=Crew)


def context_for(
    workplace: Workplace,
    folder: StageFolder,
    stage: PlannedStage,
    before: tuple[Made, ...],
    model: Path | None = None,
) -> StageContext:
    """Return what a stage is given; with ``model``, what the evaluation of that model is given."""
    previous = before[-1].model if before else None
    # Every stage is measured with the same randomness, so that scores can be compared item by item.
    label = ("evaluation",) if model is not None else ("stage", stage.name)
    return StageContext(
        recipe=workplace.recipe,
        settings=stage.settings,
        name=stage.name,
        seed=derive_seed(workplace.recipe.seed, *label),
        folder=folder.path,
        work=folder.work,
        rollouts=folder.rollouts,
        previous=model if model is not None else previous,
        earlier={made.stage.name: made.folder.path for made in before},
        dataset=workplace.dataset.get(),
        log=workplace.log.for_stage(stage.name, frozenset(made.stage.name for made in before)),
        progress=Silent(),  # until the display of the stage is open
        stop=workplace.stop,
    )
