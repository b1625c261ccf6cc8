"""Local processes: this one for a single worker, else a pool of fresh ones."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from redone.corpus.work import Record, Task, perform
from redone.errors import RedoneError

THREADS = "POLARS_MAX_THREADS"


class LocalExecutor:
    """Runs tasks in ``workers`` processes; a single worker is this process, which saves starting another."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[int, Record]]:
        """Yield records as tasks are done."""
        if self._workers == 1 or (len(tasks) == 1 and self._pool is None):
            for place, task in enumerate(tasks):
                yield place, perform(task)
            return
        pool = self._pool = self._pool or self._open()
        places = {pool.submit(perform, task): place for place, task in enumerate(tasks)}
        try:
            for future in as_completed(places):
                yield places[future], future.result()
        except BrokenProcessPool as error:
            raise RedoneError(
                "a worker was killed, most likely for lack of memory; lower shard_mib or --workers and run the "
                "same command again: finished shards are kept"
            ) from error

    def _open(self) -> ProcessPoolExecutor:
        # Fresh processes: a fork of a process with running threads may hang. Each gets its share of the cores.
        threads = max(1, (os.cpu_count() or 1) // self._workers)
        before = os.environ.get(THREADS)
        os.environ[THREADS] = str(threads)
        try:
            context = multiprocessing.get_context("spawn")
            pool = ProcessPoolExecutor(self._workers, mp_context=context)
            # Processes start when work comes; they inherit the environment of that moment.
            for future in [pool.submit(os.getpid) for _ in range(self._workers)]:
                future.result()
        finally:
            if before is None:
                del os.environ[THREADS]
            else:
                os.environ[THREADS] = before
        return pool

    def close(self) -> None:
        """End the pool."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
