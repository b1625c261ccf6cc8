"""The stages of curation, one after the other; within a stage, tasks that any executor may do in any order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from redone.corpus.duplicates.keys import ROWS_AT_ONCE
from redone.corpus.executors import Executor
from redone.corpus.settings.recipe import CurationRecipe
from redone.corpus.work import Record, Task, finished, reads_of

Notify = Callable[[str, int, int], None]
"""Called with a stage, the number of tasks that are done, and of all."""

COMPARED_AT_ONCE = 1_000_000
"""Rows among which a task compares the candidates: it holds their texts."""


@dataclass(slots=True)
class Pipeline:
    """Runs stages in a folder; tasks that are recorded there are not done again."""

    folder: Path
    recipe: CurationRecipe
    executor: Executor
    notify: Notify

    def stage(
        self,
        name: str,
        settings: Mapping[str, Any],
        inputs: Sequence[Mapping[str, Any]],
        reads: Callable[[int], tuple[tuple[str, str], ...]] = lambda _: (),
    ) -> list[Record]:
        """Do all tasks of a stage and return their records in order."""
        tasks = [
            Task(name, index, str(self.folder), settings, given, reads(index))
            for index, given in enumerate(inputs)
        ]
        records = {place: record for place, task in enumerate(tasks) if (record := finished(task))}
        self.notify(name, len(records), len(tasks))
        missing = [place for place in range(len(tasks)) if place not in records]
        for at, record in self.executor.run([tasks[place] for place in missing]):
            records[missing[at]] = record
            self.notify(name, len(records), len(tasks))
        return [records[place] for place in range(len(tasks))]


def find_duplicates(pipe: Pipeline, rows: Sequence[Record]) -> list[Record]:
    """Run the stages between the shards and the decisions; return the records of the decisions."""
    settings = pipe.recipe.duplicates
    counts = [record.facts["rows"] for record in rows]
    total = sum(counts)
    parts = total // ROWS_AT_ONCE + 1
    same = {"rows": counts, "parts": parts}
    keys = reads_of(rows, ".keys")
    exact = pipe.stage("exact", {}, [same] * parts, lambda _: keys)
    copies = reads_of(exact, ".copies")
    bands = list(range(settings.bands)) if settings.near else []
    # A corpus that fits takes all bands at once; a larger one spreads them.
    batches = [bands] if parts == 1 else [[band] for band in bands]
    forests = pipe.stage(
        "bands", {}, [{"rows": counts, "bands": batch} for batch in batches if batch], lambda _: keys + copies
    )
    groups = pipe.stage("groups", {}, [{"rows": counts}], lambda _: reads_of(forests, ".forest"))
    grouped = reads_of(groups, ".groups")
    spans = shard_spans(counts)
    compared = total // COMPARED_AT_ONCE + 1
    candidates = pipe.stage(
        "candidates",
        {},
        [{**span, "parts": compared} for span in spans],
        lambda i: reads_of([rows[i]], ".rows.arrow") + grouped + copies,
    )
    found = reads_of(candidates, ".candidates.parquet")
    near = settings.model_dump(mode="json")
    return pipe.stage("near", near, [{}] * compared, lambda _: found + copies)


def shard_spans(counts: Sequence[int]) -> list[dict[str, int]]:
    """Where the rows of each shard lie among all rows."""
    bases = [0, *accumulate(counts)]
    return [{"base": base, "count": count} for base, count in zip(bases, counts, strict=False)]
