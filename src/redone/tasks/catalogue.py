"""Every task by its id. A new task is a ``Task`` value in its capability's package; nothing else changes."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from redone.errors import UserError
from redone.tasks import behaviour, dialogue, extraction, general, matching, translation, understanding
from redone.tasks.task import Task

_PACKAGES = (understanding, extraction, matching, behaviour, dialogue, translation, general)


def _collect() -> Mapping[str, Task]:
    tasks: dict[str, Task] = {}
    for package in _PACKAGES:
        for task in package.TASKS:
            assert task.id not in tasks, f"two tasks are called {task.id}"
            tasks[task.id] = task
    return MappingProxyType(tasks)


_CATALOGUE = _collect()


def catalogue() -> Mapping[str, Task]:
    """All tasks by id, in the order of their capabilities."""
    return _CATALOGUE


def get(task_id: str) -> Task:
    """Return the task of this id.

    Raises:
        UserError: there is none; the message names the nearest id.

    """
    if task_id not in _CATALOGUE:
        near = get_close_matches(task_id, _CATALOGUE, n=1, cutoff=0.0)[0]
        raise UserError(f"task {task_id!r} is unknown; the nearest is {near!r}")
    return _CATALOGUE[task_id]


def task_ids(*suites: str) -> tuple[str, ...]:
    """Return the ids of the given suites, or of all."""
    return tuple(task.id for task in _CATALOGUE.values() if not suites or task.suite in suites)
