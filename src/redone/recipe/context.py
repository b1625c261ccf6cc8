"""What a stage is given, what it gives back, and the workshop that knows how each kind is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redone.recipe.config import Node, Recipe
from redone.recipe.inputs import input_hashes
from redone.recipe.metrics_log import StageLog
from redone.recipe.progress import StageProgress
from redone.recipe.stopping import StopFlag


@dataclass(frozen=True, slots=True, kw_only=True)
class StageContext:
    """Everything a stage may know and touch.

    ``folder`` is ``stages/NN-name``; the stage leaves its artifact in ``folder / "model"`` and may leave
    ``diagnosis.json`` and ``samples.jsonl`` beside it. ``work`` is for checkpoints: it survives a kill, and is
    removed when the stage is finished. ``rollouts`` is the parquet file that an RL stage may write.
    ``previous``
    is the model folder that the stage starts from (None for the base); ``earlier`` maps the names of finished
    stages to their folders. ``seed`` belongs to this stage alone. ``dataset`` is what the workshop prepared.

    A stage calls ``log.rewind(step)`` before its first row, and ``stop.check()`` after each checkpoint; when
    ``stop.requested`` turns true it writes a checkpoint soon.
    """

    recipe: Recipe
    settings: Node
    name: str
    seed: int
    folder: Path
    work: Path
    rollouts: Path
    previous: Path | None
    earlier: Mapping[str, Path]
    dataset: Any
    log: StageLog
    progress: StageProgress
    stop: StopFlag


@dataclass(frozen=True, slots=True, kw_only=True)
class StageOutcome:
    """What a stage has done: unique ``examples`` used, ``prompts`` drawn, ``tokens`` and ``steps`` trained.

    ``artifact`` is set when the model lies elsewhere (a base model on disk that is not worth copying).
    """

    examples: int = 0
    prompts: int = 0
    tokens: int = 0
    steps: int = 0
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    artifact: Path | None = None


StageFunction = Callable[[StageContext], StageOutcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """The functions that do the work.

    ``stages`` maps the kind of a base model or stage to its function. ``prepare`` builds the dataset (it is told
    the run folder), once per run and only when something has to be computed. ``evaluate`` measures the model in
    ``context.previous``, may write ``samples.jsonl`` into ``context.folder``, and returns the stage's ``suites``
    of results.json. ``notes`` returns lines about the dataset for people. ``fingerprint`` returns content hashes
    of inputs outside the recipe: when one changes, so do all stages.
    """

    stages: Mapping[str, StageFunction]
    prepare: Callable[[Recipe, Path], Any]
    evaluate: Callable[[StageContext], Mapping[str, Any]]
    notes: Callable[[Any], Sequence[str]] = field(default=lambda dataset: ())
    fingerprint: Callable[[Recipe], Mapping[str, str]] = field(default=input_hashes)
