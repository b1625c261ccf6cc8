"""The Task value of a mapped task, so that the rest of the system treats it like any other."""

from __future__ import annotations

import random
from collections.abc import Iterator

from redone.errors import UserError
from redone.records import Platform
from redone.scoring.metrics import check_metric
from redone.scoring.spec import RewardSpec
from redone.sources.ingest.candidate import OWN_FIELDS, parser_of
from redone.sources.ingest.keys import nearest
from redone.sources.ingest.mapping import Language, TaskFile, TaskMapping
from redone.sources.ingest.template import fields
from redone.tasks.parsers import PARSERS
from redone.tasks.task import Draft, Suite, Task


def check_task(task: TaskMapping, where: str) -> None:
    """What the types cannot say: names of other rooms' registries, and keys that need each other.

    Raises:
        UserError: names the key and the fix.

    """
    parser = parser_of(task)
    if parser not in PARSERS:
        near = nearest(parser, list(PARSERS))
        raise UserError(
            f"{where}: parser '{parser}' is unknown" + (f", did you mean '{near}'?" if near else "")
        )
    if task.reward.kind == "metric":
        try:
            check_metric(task.reward.metric)
        except UserError as error:
            raise UserError(f"{where}: key 'reward.metric': {error}") from error
    if parser == "label" and not task.choices and not task.answer.labels:
        raise UserError(f"{where}: form 'label' needs answer.labels (the words to choose from) or choices")
    for language, wordings in task.prompts.items():
        _check_wordings(task, language, wordings, where)


def _check_wordings(task: TaskMapping, language: Language, wordings: tuple[str, ...], where: str) -> None:
    for number, wording in enumerate(wordings):
        names = fields(wording)
        place = f"{where}: prompts.{language}[{number}]"
        if not set(names) - OWN_FIELDS:
            raise UserError(f"{place}: names no column. Put the text in with {{column}}")
        if bool(task.choices) != ("choices" in names):
            fix = (
                "Add {choices} to every wording"
                if task.choices
                else "Remove {choices} or add the key 'choices'"
            )
            raise UserError(f"{place}: field {{choices}} and key 'choices' go together. {fix}")
    for raw, word in task.answer.labels.items():
        if not isinstance(word, str) and language not in word:
            raise UserError(
                f"{where}: answer.labels.{raw} has no word in '{language}'. Add it, or give one word for all"
            )


def to_task(task: TaskMapping, file: TaskFile) -> Task:
    """The task; its examples come from the mapping's files, never from platform records."""
    suites: dict[str, Suite] = {"translation": "translation", "general": "general"}
    return Task(
        id=task.id,
        capability=task.capability,
        suite=task.suite or suites.get(task.capability, "sns"),
        title={language: task.title.get(language, task.id.replace("_", " ")) for language in task.prompts},
        prompts={str(language): wordings for language, wordings in task.prompts.items()},
        answer="label" if task.choices else task.answer.form,
        parser=parser_of(task),
        reward=RewardSpec(kind=task.reward.kind, metric=task.reward.metric, params=task.reward.params),
        metric=task.metric,
        needs=(f"files of {file.set}",),
        truth=task.truth,
        negatives=task.negatives or _negatives(task),
        build=_from_records,
    )


def _negatives(task: TaskMapping) -> str:
    if task.choices is None:
        return "none" if not task.answer.labels else "the other labels"
    source = "the row's own list" if task.choices.among else "answers of other rows"
    return f"{source}, {'nearest by characters' if task.choices.hard else 'at random'}"


def _from_records(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """Nothing: a mapped task has no builder over records."""
    return iter(())
