"""The data of one stage in a neutral form: conversations, pairs, prompts with their reward, or plain text."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from redone.recipe.config import (
    ContinuedStage,
    ExploratoryStage,
    Node,
    PreferenceStage,
    RefinementStage,
    SupervisedStage,
)
from redone.recipe.dataset import by_task
from redone.recipe.export.source import Exported, name_of
from redone.recipe.hashing import derive_seed
from redone.recipe.lessons import LESSONS, LessonRow, lesson_rows, read_lessons
from redone.recipe.preference.gathering import PAIRS, read_pairs, subjective_tasks
from redone.recipe.preference.objective import option_pairs
from redone.recipe.stages import supervised
from redone.recipe.stages.draw import apportion
from redone.recipe.stages.task_shares import task_shares
from redone.recipe.texts import texts_of
from redone.records import Example, PreferencePair


@dataclass(frozen=True, slots=True, kw_only=True)
class StageData:
    """One of the four is filled; ``notes`` say what is missing or differs from the stage itself."""

    name: str
    kind: str
    lessons: Sequence[LessonRow] = ()
    pairs: Sequence[PreferencePair] = ()
    prompts: Sequence[Example] = ()
    texts: Sequence[tuple[str, str]] = ()
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.lessons) + len(self.pairs) + len(self.prompts) + len(self.texts)


def stage_data(source: Exported, stage: Node) -> StageData:
    """What the stage trains on, as far as it is known before it runs, or as its run left it."""
    name = name_of(stage)
    if isinstance(stage, ExploratoryStage | RefinementStage):
        return _prompts(source, stage)
    if isinstance(stage, PreferenceStage):
        return _pairs(source, stage)
    if isinstance(stage, ContinuedStage):
        texts = texts_of(source.recipe, stage, stage.reading.row_tokens)
        rows = [(origin, text) for origin, own in texts.items() for text in own.train]
        note = "every text once; the stage's mixture says how often each source is read"
        return StageData(name=name, kind="text", texts=rows, notes=(note,))
    folder = source.folder(stage)
    if folder is not None and (folder.path / LESSONS).is_file():
        return StageData(name=name, kind="sft", lessons=read_lessons(folder.path / LESSONS))
    if isinstance(stage, SupervisedStage):
        rows_ = lesson_rows(supervised.compose(source.dataset, stage, source.seed(stage)))
        return StageData(name=name, kind="sft", lessons=rows_)
    note = "its rows follow from the diagnosis of a trained model: run the recipe, and export from the run"
    return StageData(name=name, kind="sft", notes=(note,))


def _pairs(source: Exported, stage: PreferenceStage) -> StageData:
    folder = source.folder(stage)
    if folder is not None and (folder.path / PAIRS).is_file():
        return StageData(name=stage.name, kind="pairs", pairs=read_pairs(folder.path / PAIRS))
    tasks = subjective_tasks(source.dataset, stage)
    found, _ = option_pairs(source.dataset, stage, tasks, derive_seed(source.seed(stage), "options"))
    note = "only pairs of options: the other pairs are made of a model's answers; export from a run for them"
    return StageData(name=stage.name, kind="pairs", pairs=found, notes=(note,))


def _prompts(source: Exported, stage: ExploratoryStage | RefinementStage) -> StageData:
    """Prompts in the stage's mixture: other trainers take rows as they come, so shares are made by rows."""
    dataset = source.dataset
    reasoning = stage.rationale_share if isinstance(stage, RefinementStage) else None
    weights = task_shares(
        *[sorted({example.task for example in part}) for part in (dataset.train, dataset.general)],
        general_share=stage.general_share,
        reasoning=dataset.reasoning,
        reasoning_share=reasoning,
    )
    pool = by_task([*dataset.train, *dataset.general])
    rng = random.Random(derive_seed(source.seed(stage), "export"))
    rows: list[Example] = []
    for task, count in apportion(weights, sum(map(len, pool.values()))).items():
        while count > 0:
            sweep = rng.sample(pool[task], min(count, len(pool[task])))
            rows += sweep
            count -= len(sweep)
    rng.shuffle(rows)
    notes = ["tasks stand in the stage's shares: rows of small tasks repeat"]
    if isinstance(stage, RefinementStage):
        notes.append("not screened: the stage itself keeps prompts that are hard for the model before it")
    return StageData(name=stage.name, kind="prompts", prompts=rows, notes=tuple(notes))
