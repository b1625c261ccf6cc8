"""Ray Core tasks over the same work; shards lie on storage that all nodes see.

Ray Data is not used: its block machinery costs forty times as much as the work at this size, and it holds several
times the data in memory.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from redone.corpus.work import Record, Task, perform
from redone.errors import RedoneError, UserError

RETRIES = 2
"""Times that a task whose worker died is tried again; its files and record are only there when it is done."""


class RayExecutor:
    """Runs tasks on a Ray cluster: the one in ``RAY_ADDRESS``, else one that it starts on this machine."""

    def __init__(self, workers: int) -> None:
        try:
            import ray
        except ImportError as error:
            raise UserError("--executor ray: Ray is not installed; install redone[ray]") from error
        self._ray = ray
        self._workers = workers
        self._started = not ray.is_initialized()
        if self._started:
            # No usage reports leave the machine.
            os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
            address = os.environ.get("RAY_ADDRESS")
            local = {} if address else {"num_cpus": workers, "include_dashboard": False}
            ray.init(address=address, log_to_driver=False, logging_level="error", **local)
        self._perform = ray.remote(num_cpus=1, max_retries=RETRIES)(perform)

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[int, Record]]:
        """Yield records as tasks are done; twice as many tasks as workers are in flight."""
        ray = self._ray
        waiting = list(enumerate(tasks))[::-1]
        running: dict[Any, int] = {}
        while waiting or running:
            while waiting and len(running) < 2 * self._workers:
                place, task = waiting.pop()
                running[self._perform.remote(task)] = place
            done, _ = ray.wait(list(running), num_returns=1)
            for reference in done:
                try:
                    record = ray.get(reference)
                except ray.exceptions.RayTaskError as error:
                    raise error.cause from error
                except ray.exceptions.RayError as error:
                    raise RedoneError(
                        f"Ray lost a task of stage {tasks[running[reference]].stage} ({type(error).__name__}); "
                        "run the same command again: finished shards are kept"
                    ) from error
                yield running.pop(reference), record

    def close(self) -> None:
        """Stop the cluster if this executor started it."""
        if self._started:
            self._ray.shutdown()
