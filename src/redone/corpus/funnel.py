"""What a task counted: rows, characters and drops, by step, source and language, with a few examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from redone.corpus.step import StepResult

EXAMPLES = 3
"""Dropped texts that a task remembers per step; which ones depends on nothing but their ids."""
MOST_EXAMPLES = 12
"""Dropped texts of a step that the report can choose from."""
LENGTH = 160
"""Characters of an example."""


@dataclass(slots=True)
class Funnel:
    """Counts of one task, or of all together."""

    rows: dict[str, Counter[str]] = field(default_factory=dict)
    """Point of the pipeline -> "source, tab, language" -> rows."""
    dropped: dict[str, Counter[str]] = field(default_factory=dict)
    """Step -> "reason, tab, source" -> rows."""
    counters: Counter[str] = field(default_factory=Counter)
    """What steps counted, by step and name."""
    examples: dict[str, list[list[str]]] = field(default_factory=dict)
    """Step -> [id, source, reason, detail, text]."""

    def count(self, point: str, table: pl.DataFrame) -> None:
        """Count the rows of a table by source and language."""
        found = table.group_by("source", "language").len()
        counter = self.rows.setdefault(point, Counter())
        for source, language, rows in found.iter_rows():
            counter[f"{source or ''}\t{language or ''}"] += rows

    def step(self, name: str, before: pl.DataFrame, result: StepResult) -> None:
        """Count what a shard step did."""
        for counter, value in result.counters.items():
            self.counters[counter if counter.startswith(name) else f"{name}.{counter}"] += int(value)
        dropped = result.dropped
        if dropped.is_empty():
            self.dropped.setdefault(name, Counter())
            return
        rows = before.select("id", "source", pl.col("text").str.head(LENGTH))
        self.drop(name, dropped.join(rows, on="id", how="left"))

    def drop(self, name: str, dropped: pl.DataFrame) -> None:
        """Count dropped rows (id, source, reason, detail, text) and remember a few."""
        counter = self.dropped.setdefault(name, Counter())
        for reason, source, rows in dropped.group_by("reason", "source").len().iter_rows():
            counter[f"{reason}\t{source or ''}"] += rows
        few = dropped.sort("id").group_by("reason", maintain_order=True).head(EXAMPLES)
        shown = few.select("id", "source", "reason", "detail", pl.col("text").str.head(LENGTH)).fill_null("")
        self.examples.setdefault(name, []).extend([list(row) for row in shown.rows()])

    def to_json(self) -> dict[str, Any]:
        """Return JSON values, sorted."""
        return {
            "rows": {point: dict(sorted(c.items())) for point, c in self.rows.items()},
            "dropped": {step: dict(sorted(c.items())) for step, c in self.dropped.items()},
            "counters": dict(sorted(self.counters.items())),
            "examples": {step: sorted(rows) for step, rows in self.examples.items()},
        }


def merged(parts: Iterable[Mapping[str, Any]]) -> Funnel:
    """Put the counts of several tasks together."""
    total = Funnel()
    for part in parts:
        for point, counts in part.get("rows", {}).items():
            total.rows.setdefault(point, Counter()).update(counts)
        for step, counts in part.get("dropped", {}).items():
            total.dropped.setdefault(step, Counter()).update(counts)
        total.counters.update(part.get("counters", {}))
        for step, rows in part.get("examples", {}).items():
            total.examples.setdefault(step, []).extend(rows)
    for step, rows in total.examples.items():
        total.examples[step] = _spread(sorted(rows))
    return total


def _spread(rows: list[list[str]]) -> list[list[str]]:
    """Few examples of every reason rather than many of one."""
    seen: Counter[str] = Counter()
    ranked = []
    for row in rows:
        ranked.append((seen[row[2]], row))
        seen[row[2]] += 1
    return [row for _, row in sorted(ranked, key=lambda pair: pair[0])[:MOST_EXAMPLES]]
