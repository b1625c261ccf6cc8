"""What a stage writes while it trains: metrics row by row, rollouts step by step; both survive a kill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from redone.recipe.context import StageContext
from redone.recipe.durable import PARTIAL
from redone.records import Example, Rollout

SHOWN = ("reward_raw", "loss", "kept")


class StepReporter:
    """Turns training rows into lines of ``metrics.jsonl`` and progress; steps count from 1 there.

    After a kill the loop repeats the steps since its checkpoint: the first row it reports says where to cut.
    ``after`` is the number of steps of the stage's earlier parts.
    """

    def __init__(self, context: StageContext, total: int, part: str, after: int = 0) -> None:
        self._context = context
        self._total = after + total
        self._after = after
        self._part = part
        self._started = False

    def __call__(self, row: Mapping[str, Any]) -> None:
        """Write and show one row."""
        step = self._after + int(row["step"]) + 1
        if not self._started:
            self._context.log.rewind(step - 1)
            self._started = True
        values = {key: value for key, value in row.items() if key not in {"step", "kind"}}
        self._context.log.write(step, str(row.get("kind", "train")), **values)
        figures = {key: float(row[key]) for key in SHOWN if row.get(key) is not None}
        self._context.progress.advance(step, max(step, self._total), self._part, **figures)


class RolloutWriter:
    """One small file per step in the work folder, joined when the stage is done.

    Steps that are repeated after a kill replace their file, so that no answer stands there twice.
    """

    def __init__(self, context: StageContext, examples: Mapping[str, Example]) -> None:
        self._folder = context.work / "rollouts"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._target = context.rollouts
        self._examples = examples

    def add(self, rollouts: Sequence[Rollout]) -> None:
        """Write the answers of one step."""
        frame = pl.DataFrame([self._row(rollout) for rollout in rollouts], infer_schema_length=None)
        _write(frame, self._folder / f"{rollouts[0].step:06d}.parquet")

    def close(self) -> None:
        """Join all steps into the run's rollout file."""
        parts = sorted(self._folder.glob("*.parquet"))
        if parts:
            frames = [pl.read_parquet(part) for part in parts]
            _write(pl.concat(frames, how="diagonal_relaxed"), self._target)

    def _row(self, rollout: Rollout) -> dict[str, Any]:
        example = self._examples[rollout.example_id]
        row = asdict(rollout)
        row["components"] = orjson.dumps(dict(rollout.components)).decode()
        row["answer_ids"] = list(rollout.answer_ids)
        row["logprobs"] = list(rollout.logprobs)
        return row | {"prompt": example.messages[-1].content, "references": list(example.references)}


def _write(frame: pl.DataFrame, path: Path) -> None:
    part = path.with_name(path.name + PARTIAL)
    frame.write_parquet(part)
    part.replace(path)
