"""The applications over Parquet: rows in, one result row each, whatever becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
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

BATCH = 64
FIELDS = ("id", "title", "body", "language", "entities")

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
        UserError: the file cannot be read or lacks title and body.

    """
    applied = Applied()
    partial = out.with_name(out.name + ".partial")
    out.parent.mkdir(parents=True, exist_ok=True)
    with open_notes(source) as file, pq.ParquetWriter(partial, SCHEMAS[app]) as writer:
        total = file.metadata.num_rows
        for rows in _batches(file):
            results = await asyncio.gather(*(_one(work, row, applied.rows + n) for n, row in enumerate(rows)))
            writer.write_table(pa.Table.from_pylist([flat(r) for r in results], schema=SCHEMAS[app]))
            applied.rows += len(rows)
            applied.problems += sum(isinstance(r, dict) for r in results)
            if progress is not None:
                progress(applied.rows, total)
    partial.replace(out)
    return applied


def open_notes(source: Path) -> Any:
    """A Parquet file of notes. Raises ``UserError`` when it is none."""
    try:
        file = pq.ParquetFile(source)
    except (OSError, pa.ArrowException) as error:
        raise UserError(f"{source} is no Parquet file: {error}") from error
    names = set(file.schema_arrow.names)
    if not names & {"title", "body"}:
        raise UserError(f"{source} has the columns {sorted(names)}; it needs title or body")
    return file


def read_notes(source: Path) -> Iterator[dict[str, Any]]:
    """All rows, in order."""
    with open_notes(source) as file:
        for rows in _batches(file):
            yield from rows


def _batches(file: Any) -> Iterator[list[dict[str, Any]]]:
    for batch in file.iter_batches(batch_size=BATCH):
        yield batch.to_pylist()


def note_of(row: dict[str, Any], number: int) -> NoteIn:
    """A row as a note; a row without id gets its number. Raises pydantic's ``ValidationError``."""
    given = {name: row[name] for name in FIELDS if row.get(name) is not None}
    return NoteIn.model_validate(
        {"id": str(number)} | given | ({"id": str(given["id"])} if "id" in given else {})
    )


async def _one(work: Work, row: dict[str, Any], number: int) -> BaseModel | dict[str, Any]:
    name = str(row.get("id") if row.get("id") is not None else number)
    try:
        return await work(note_of(row, number))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        return {"id": name, "problem": f"row {number}: {first['loc'][0]}: {first['msg']}"}
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
        notes = [note_of(row, start + n) for n, row in enumerate(part)]
        results = await asyncio.gather(*(judge(brain, note, policy, Calibration()) for note in notes))
        for number, result in enumerate(results, start=start):
            if result.probability is None:
                raise UserError(f"row {number}: {result.problem}; such a model cannot be calibrated")
            scores.append(result.probability)
        if progress is not None:
            progress(len(scores), len(rows))
    return scores
