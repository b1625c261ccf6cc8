"""The applications over Parquet: rows in, one result row each, whatever becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ValidationError

from redone.errors import RedoneError, UserError
from redone.serving.apps.brains import Brain
from redone.serving.apps.calibration import Calibration
from redone.serving.apps.harmful import judge
from redone.serving.apps.notes import NoteIn
from redone.serving.apps.policy import Policy
from redone.serving.http.errors import Refused
from redone.serving.note_files import BATCH, batches, note_of, open_notes, problem_of

SCHEMAS = {
    "harmful": pa.schema(
        [
            ("id", pa.string()), ("verdict", pa.string()), ("probability", pa.float64()),
            ("confidence", pa.float64()), ("category", pa.string()), ("severity", pa.string()),
            ("clause", pa.string()), ("span_start", pa.int64()), ("span_end", pa.int64()),
            ("span_text", pa.string()), ("addressed", pa.bool_()), ("scores", pa.string()), ("problem", pa.string()),
        ]
    ),
    "queries": pa.schema(
        [
            ("id", pa.string()), ("queries", pa.list_(pa.string())), ("rejected", pa.string()),
            ("problem", pa.string()),
        ]
    ),
    "titles": pa.schema(
        [
            ("id", pa.string()), ("title", pa.string()), ("changed", pa.bool_()), ("facts", pa.string()),
            ("candidates", pa.string()), ("problem", pa.string()),
        ]
    ),
}  # fmt: skip


@dataclass(slots=True)
class Applied:
    """How many rows were read, and how many have a problem instead of a result."""

    rows: int = 0
    problems: int = 0


Work = Callable[[NoteIn], Awaitable[BaseModel]]
Progress = Callable[[int, int], None]


async def apply_to_parquet(
    app: str, work: Work, source: Path, out: Path, progress: Progress | None = None
) -> Applied:
    """Run an application over a Parquet file with ``id``, ``title``, ``body``, optional ``language``, ``entities``.

    ``out`` is written beside its place and renamed when it is whole.

    Raises:
        UserError: the file cannot be read or lacks title and body, or ``out`` is that file or a folder.

    """
    if out.is_dir():
        raise UserError(f"--out {out} is a folder; name the Parquet file to write")
    if out.exists() and out.samefile(source):
        raise UserError(f"--out {out} is the input; name another file, so that the notes are not lost")
    applied = Applied()
    partial = out.with_name(out.name + ".partial")
    with open_notes(source) as file:
        out.parent.mkdir(parents=True, exist_ok=True)
        try:
            with pq.ParquetWriter(partial, SCHEMAS[app]) as writer:
                for rows in batches(file, source):
                    numbered = enumerate(rows, start=applied.rows)
                    results = await asyncio.gather(*(_one(work, row, n) for n, row in numbered))
                    writer.write_table(pa.Table.from_pylist([flat(r) for r in results], schema=SCHEMAS[app]))
                    applied.rows += len(rows)
                    applied.problems += sum(isinstance(r, dict) for r in results)
                    if progress is not None:
                        progress(applied.rows, file.metadata.num_rows)
            partial.replace(out)
        finally:
            partial.unlink(missing_ok=True)
    return applied


def _labelled(row: dict[str, Any], number: int) -> NoteIn:
    try:
        return note_of(row, number)
    except ValidationError as error:
        raise UserError(problem_of(error, number)) from error


async def _one(work: Work, row: dict[str, Any], number: int) -> BaseModel | dict[str, Any]:
    name = str(row.get("id") if row.get("id") is not None else number)
    try:
        return await work(note_of(row, number))
    except ValidationError as error:
        return {"id": name, "problem": problem_of(error, number)}
    except Refused as refused:
        if refused.status >= 500:
            raise RedoneError(f"row {number}: {refused}") from refused
        return {"id": name, "problem": f"row {number}: {refused}"}


def flat(result: BaseModel | dict[str, Any]) -> dict[str, Any]:
    """A result as a row: spans in columns, lists of objects as JSON."""
    row = dict(result) if isinstance(result, dict) else result.model_dump()
    span = row.pop("span", None)
    if span:
        row |= {f"span_{key}": value for key, value in span.items()}
    if "queries" in row:
        row["queries"] = [query["text"] for query in row["queries"]]
    for name in ("scores", "rejected", "facts", "candidates"):
        if name in row:
            row[name] = orjson.dumps(row[name]).decode()
    return row


def truths_of(rows: Sequence[dict[str, Any]]) -> list[bool]:
    """Which notes of a dev set are harmful: ``harm`` is a category or "none".

    Raises:
        UserError: a row has no such label.

    """
    missing = next((n for n, row in enumerate(rows) if not isinstance(row.get("harm"), str)), None)
    if missing is not None:
        raise UserError(f"row {missing} has no label in the column harm; write a category, or none")
    return [row["harm"] not in {"none", ""} for row in rows]


async def dev_scores(
    brain: Brain, rows: Sequence[dict[str, Any]], policy: Policy, progress: Progress | None = None
) -> list[float]:
    """The uncalibrated score of every labelled note, as the detection itself takes it.

    Raises:
        UserError: a row is not a note, or the model gives no probabilities.

    """
    scores: list[float] = []
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        notes = [_labelled(row, start + n) for n, row in enumerate(part)]
        results = await asyncio.gather(*(judge(brain, note, policy, Calibration()) for note in notes))
        for number, result in enumerate(results, start=start):
            if result.probability is None:
                raise UserError(f"row {number}: {result.problem}; such a model cannot be calibrated")
            scores.append(result.probability)
        if progress is not None:
            progress(len(scores), len(rows))
    return scores
