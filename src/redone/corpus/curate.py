"""Curation from start to end: input files into a folder with documents, lineage and a summary."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redone.corpus.card import write_card
from redone.corpus.durable import PARTIAL, hash_file, hash_value, read_json, write_json
from redone.corpus.executors import open_executor
from redone.corpus.inputs import Reading, find_inputs, plan_reading, stamps_of
from redone.corpus.joining import join_documents
from redone.corpus.pipeline import Notify, Pipeline, find_duplicates
from redone.corpus.quarantine import collect_quarantine
from redone.corpus.settings.recipe import CurationRecipe
from redone.corpus.shard_steps import BENCHMARKS, write_benchmarks
from redone.corpus.steps.benchmark_index import BenchmarkText
from redone.corpus.summary import SUMMARY, summarise
from redone.corpus.tokens import check_tokenizer
from redone.corpus.work import FORMAT, Record, reads_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CurateOptions:
    """What changes nothing in the result."""

    executor: str = "local"
    workers: int = 1
    notify: Notify = lambda stage, done, total: None


def curate(
    recipe: CurationRecipe,
    inputs: Sequence[Path],
    out: Path,
    options: CurateOptions | None = None,
    benchmarks: Iterable[BenchmarkText] = (),
) -> Mapping[str, Any]:
    """Curate, or go on where an earlier call was stopped; return the summary.

    The documents are the same whatever the executor, the number of workers, and however often it was stopped.

    Args:
        recipe: what is done.
        inputs: files and folders.
        out: folder to write.
        options: who does it.
        benchmarks: texts that must not be in the corpus; wanted where the recipe names benchmarks.

    Raises:
        UserError: wrong input, settings or folder.
        RedoneError: a worker was lost; the same call goes on.

    """
    options = options or CurateOptions()
    check_tokenizer(recipe.tokens)
    given = find_inputs(recipe, inputs)
    out = out.resolve()
    (out / "work").mkdir(parents=True, exist_ok=True)
    before: tuple[tuple[str, str], ...] = ()
    if recipe.benchmarks:
        write_benchmarks(out / BENCHMARKS, benchmarks)
        before = ((BENCHMARKS, hash_file(out / BENCHMARKS)),)
    key = hash_value([FORMAT, recipe.model_dump(mode="json"), stamps_of(given, recipe), before])
    if (done := _done(out, key)) is not None:
        _tidy(out, recipe)
        return done
    _clear(out)
    write_json(out / "recipe.resolved.json", recipe.model_dump(mode="json"))
    reading = plan_reading(recipe, given, out / "work")
    executor = open_executor(options.executor, options.workers)
    try:
        pipe = Pipeline(out, recipe, executor, options.notify)
        quality = _quality(pipe, reading, before)
        trained = before + reads_of(quality, ".safetensors")
        rows = pipe.stage("rows", _settings(recipe), reading.tasks, lambda _: trained)
        quarantine = collect_quarantine(out, reading, rows, recipe.reading.quarantine_limit)
        decisions = find_duplicates(pipe, rows)
        written = join_documents(pipe, [i.root for i in given], rows, decisions)
    finally:
        executor.close()
    records = [*quality, *rows, *decisions, *written]
    _drop_strays(out, records)
    summary = summarise(recipe, records, quarantine, key)
    write_card(out, recipe, summary)
    # Written last: its presence says that all is done.
    write_json(out / SUMMARY, summary)
    _tidy(out, recipe)
    return summary


def _tidy(out: Path, recipe: CurationRecipe) -> None:
    if not recipe.keep_work:
        shutil.rmtree(out / "work", ignore_errors=True)


def _done(out: Path, key: str) -> Mapping[str, Any] | None:
    """The summary of an earlier call that did exactly this, if its documents are still there."""
    summary = read_json(out / SUMMARY)
    if isinstance(summary, dict) and summary.get("key") == key:
        files = summary["files"]
        if all((out / name).is_file() and hash_file(out / name) == digest for name, digest in files.items()):
            return summary
    return None


def _clear(out: Path) -> None:
    """Take away what says that an earlier run is finished, and what a killed one left half-written."""
    (out / SUMMARY).unlink(missing_ok=True)
    for path in out.rglob(f"*{PARTIAL}"):
        path.unlink()


def _drop_strays(out: Path, records: Sequence[Record]) -> None:
    """Remove documents and lineage of earlier recipes, which would be taken for this one's."""
    ours = {name for record in records for name in record.files}
    for path in [*(out / "documents").glob("*"), *(out / "lineage").glob("*")]:
        if path.relative_to(out).as_posix() not in ours:
            path.unlink()


def _quality(pipe: Pipeline, reading: Reading, before: tuple[tuple[str, str], ...]) -> list[Record]:
    if not pipe.recipe.quality or not reading.tasks:
        return []
    wanted = pipe.recipe.steps.quality
    count = -(-wanted.sample // len(reading.tasks))
    shards = [{"shard": task, "count": count} for task in reading.tasks]
    samples = pipe.stage("sample", _settings(pipe.recipe), shards, lambda _: before)
    sampled = reads_of(samples, ".sample.parquet")
    return pipe.stage("quality", wanted.model_dump(mode="json"), [{}], lambda _: sampled)


def _settings(recipe: CurationRecipe) -> dict[str, Any]:
    """What the rows depend on: a change of the mixture or of documents must not read everything again."""
    kept = {"seed", "steps", "duplicates", "reading", "quality", "benchmarks", "parents", "without"}
    return recipe.model_dump(mode="json", include=kept)


def check_inputs(recipe: CurationRecipe, inputs: Sequence[Path]) -> str:
    """Return in words what would be read."""
    found = find_inputs(recipe, inputs)
    names = [mapping.source for given in found for mapping in given.sources]
    left = [file for given in found for file, _ in given.left]
    more = f"; left out, no text recognised: {', '.join(left[:12])}" if left else ""
    return f"{len(names)} sources ({', '.join(names[:12])}{', ...' if len(names) > 12 else ''}){more}"
