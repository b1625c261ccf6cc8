"""Who does the work: this process, a pool of processes, or a Ray cluster. The work is the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from redone.corpus.work import Record, Task
from redone.errors import UserError


class Executor(Protocol):
    """Does tasks that do not depend on each other."""

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[int, Record]]:
        """Yield (position in ``tasks``, record) of each task as it is done, in any order."""
        ...

    def close(self) -> None:
        """Let go of workers."""
        ...


def open_executor(name: str, workers: int) -> Executor:
    """Return an executor.

    Raises:
        UserError: it is unknown, or needs a package that is not installed.

    """
    if workers < 1:
        raise UserError(f"--workers {workers}: give at least 1")
    if name == "local":
        from redone.corpus.executors.local import LocalExecutor

        return LocalExecutor(workers)
    if name == "ray":
        from redone.corpus.executors.ray_tasks import RayExecutor

        return RayExecutor(workers)
    raise UserError(f"--executor '{name}' is unknown; choose local or ray")
