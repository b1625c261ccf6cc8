"""Takes benchmark items out of the corpus: exact and edited copies, answers alone, the other language's side."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import polars as pl

from redone.corpus.kernels.buffers import text_buffers
from redone.corpus.kernels.classes import char_classes
from redone.corpus.kernels.windows import suspects
from redone.corpus.step import StepResult, nothing_dropped, split
from redone.corpus.steps.benchmark_index import BenchmarkIndex


@dataclass(frozen=True, slots=True)
class Decontaminate:
    """Drops texts that hold a benchmark item; the detail names benchmark, item and the share found.

    A kernel marks the texts that share any window with the index; only these are judged.
    """

    index: BenchmarkIndex
    name: str = "decontaminate"

    def run(self, table: pl.DataFrame) -> StepResult:
        """Return the texts without benchmark items; counters by how and by benchmark."""
        offsets, data = text_buffers(table["text"])
        marks = np.zeros(len(table), dtype=np.bool_)
        suspects(offsets, data, char_classes(), self.index.keys, self.index.bits, marks)
        rows = np.flatnonzero(marks)
        found = [self.index.check(text) for text in table["text"].gather(rows).to_list()]
        bad = [(row, hit) for row, hit in zip(rows.tolist(), found, strict=True) if hit is not None]
        if not bad:
            return StepResult(table, nothing_dropped())
        goes = np.zeros(len(table), dtype=np.bool_)
        goes[[row for row, _ in bad]] = True
        hits = pl.DataFrame(
            {
                "reason": [f"decontaminate.{hit.how}" for _, hit in bad],
                "detail": [f"{hit.bench} {hit.index} ({hit.share:.0%})" for _, hit in bad],
            }
        )
        dropped = split(table.filter(goes), hits["reason"], hits["detail"])
        by_bench = Counter(f"decontaminate.bench.{hit.bench}" for _, hit in bad)
        return StepResult(table.filter(~goes), dropped.dropped, {**dropped.counters, **by_bench})
