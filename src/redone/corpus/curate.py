"""Curation from start to end: input files into a folder with documents, lineage and a summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redone.corpus.executors import open_executor
from redone.corpus.pipeline import Notify, Pipeline, find_duplicates, shard_spans
from redone.corpus.portions import portions
from redone.corpus.settings.recipe import CurationRecipe
from redone.corpus.summary import write_summary
from redone.corpus.work import Record, reads_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CurateOptions:
    """What changes nothing in the result."""

    executor: str = "local"
    workers: int = 1
    notify: Notify = lambda stage, done, total: None


def curate(
    recipe: CurationRecipe, inputs: Sequence[Path], out: Path, options: CurateOptions | None = None
) -> Mapping[str, Any]:
    """Curate, or go on where an earlier call was stopped; return the summary.

    The documents are the same whatever the executor, the number of workers, and however often it was stopped.

    Raises:
        UserError: wrong input, settings or folder.
        RedoneError: a worker was lost; the same call goes on.

    """
    options = options or CurateOptions()
    out.mkdir(parents=True, exist_ok=True)
    executor = open_executor(options.executor, options.workers)
    try:
        pipe = Pipeline(out, recipe, executor, options.notify)
        settings = recipe.model_dump(mode="json")
        cut = [{"portion": portion.to_json()} for portion in portions(inputs, recipe)]
        rows = pipe.stage("rows", settings, cut)
        texts = _texts(pipe, rows, find_duplicates(pipe, rows))
        return write_summary(out, recipe, [*rows, *texts])
    finally:
        executor.close()


def _texts(pipe: Pipeline, rows: Sequence[Record], decisions: Sequence[Record]) -> list[Record]:
    recipe = pipe.recipe
    joined = recipe.documents is not None and any(record.facts["parents"] for record in rows)
    decided = reads_of(decisions, ".decisions.parquet")
    spans = shard_spans([record.facts["rows"] for record in rows])
    return pipe.stage(
        "texts",
        recipe.model_dump(mode="json"),
        [{**span, "documents": joined and False} for span in spans],
        lambda i: reads_of([rows[i]], ".rows.parquet") + decided,
    )


def check_inputs(recipe: CurationRecipe, inputs: Sequence[Path]) -> str:
    """Return in words what would be read."""
    cut = list(portions(inputs, recipe))
    files = {portion.path for portion in cut}
    return f"{len(files)} files in {len(cut)} portions"
