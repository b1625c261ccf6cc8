"""General examples: as many as asked, distinct, in splits that share no question."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal, get_args

from redone.errors import UserError
from redone.records import Example, Platform
from redone.tasks.catalogue import get
from redone.tasks.general.endless import Endless
from redone.tasks.render import content_key, fingerprint, render
from redone.tasks.task import Draft, Task

Split = Literal["base", "train", "dev", "test"]

# Of 100 buckets by the hash of the question. Pretraining and training need most of the room.
_BUCKETS: dict[str, range] = {
    "base": range(0, 50),
    "train": range(50, 80),
    "dev": range(80, 88),
    "test": range(88, 100),
}
_TRIES = 4000


def split_of(task: Task, draft: Draft) -> str:
    """Return the split that a question belongs to, whatever its wording or the seed."""
    bucket = int(fingerprint("split", _question(task, draft)), 16) % 100
    return next(name for name, buckets in _BUCKETS.items() if bucket in buckets)


def _question(task: Task, draft: Draft) -> str:
    """Knowledge splits by fact: the options are no part of the question."""
    if task.id == "knowledge":
        return fingerprint(task.id, draft.slots["subject"], draft.slots["relation"])
    return content_key(task, draft)


def build_general(
    task_ids: Sequence[str],
    *,
    count: int,
    seed: int,
    split: Split,
    world: int = 0,
    unseen_prompts: float = 0.0,
) -> Iterator[Example]:
    """Stream ``count`` distinct examples, tasks in turn and zh and en in turn.

    A task that runs out of questions asks them again in ``base``, which is for pretraining, and nowhere else.

    ``world`` is the seed of the facts that knowledge questions ask about.

    Raises:
        UserError: a task is not general, the split is unknown, or a task has not that many distinct prompts.

    """
    if split not in get_args(Split):
        raise UserError(f"split {split!r} is unknown; one of {', '.join(get_args(Split))}")
    if not task_ids:
        raise UserError("task_ids: no general task given")
    tasks = [get(task_id) for task_id in task_ids]
    for task in tasks:
        if task.suite != "general":
            raise UserError(f"task_ids: {task.id!r} needs a platform; use build_examples for it")
    return _stream(tasks, count, f"{seed}/{split}", split, (world, unseen_prompts))


def _in_world(task: Task, world: int) -> Endless:
    assert isinstance(task.build, Endless), f"general task {task.id} has no endless builder"
    return replace(task.build, world=world)


def _stream(
    tasks: list[Task], count: int, seed: str, split: str, asked: tuple[int, float]
) -> Iterator[Example]:
    world, unseen_prompts = asked
    rngs = {task.id: random.Random(f"{seed}/{task.id}") for task in tasks}
    drafts = {task.id: _in_world(task, world)(Platform(), rngs[task.id]) for task in tasks}
    seen: set[int] = set()
    asked_out: set[tuple[str, str]] = set()
    for index in range(count):
        task = tasks[index % len(tasks)]
        language = task.languages[(index // len(tasks)) % len(task.languages)]
        spare: Draft | None = None
        for _ in range(_TRIES):
            draft = next(drafts[task.id])
            if draft.language != language or split_of(task, draft) != split:
                continue
            key = int(fingerprint(draft.language, content_key(task, draft)), 16)
            spare = draft
            if key not in seen or (task.id, language) in asked_out:
                break
        else:
            if split == "base" and spare is not None:
                asked_out.add((task.id, language))
                yield render(task, spare, rngs[task.id])
                continue
            raise UserError(
                f"task {task.id!r} has too few distinct {split} prompts for count {count}; ask for fewer"
            )
        seen.add(key)
        yield render(task, draft, rngs[task.id], unseen_prompts=unseen_prompts)
