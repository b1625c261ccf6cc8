"""``redone curate``: dumps and general text into training documents; and why a post is not among them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from redone.errors import UserError

if TYPE_CHECKING:
    from redone.corpus.pipeline import Notify
    from redone.corpus.steps.benchmark_index import BenchmarkText

HELP = """Turn platform dumps and general text into training documents.

Give a recipe and inputs (files, folders); or `explain` and the id of a post. An interrupted run goes on with the
same command.

\b
Examples:
  redone curate recipes/curation.yaml --input notes.jsonl --input comments/ --out runs/corpus
  redone curate recipes/curation.yaml --input dump/ --out runs/corpus --workers 8
  redone curate recipes/curation.yaml --input /shared/dump --out /shared/corpus --executor ray --workers 64
  redone curate explain note-4711 --run runs/corpus
"""


def curate(
    recipe: Annotated[str, typer.Argument(help="Recipe file (YAML), or the word explain.")],
    post: Annotated[
        str | None, typer.Argument(help="After explain: the id of a post.", metavar="[ID]")
    ] = None,
    inputs: Annotated[
        list[Path] | None, typer.Option("--input", "-i", help="File or folder to read. Repeatable.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder to write, or to go on in.")] = None,
    run: Annotated[Path | None, typer.Option("--run", help="With explain: the folder of a run.")] = None,
    executor: Annotated[str, typer.Option("--executor", help="local or ray.")] = "local",
    workers: Annotated[
        int, typer.Option("--workers", help="Processes; one uses several threads as it is.")
    ] = 1,
    check: Annotated[bool, typer.Option("--check", help="Only check recipe and inputs.")] = False,
) -> None:
    """Run or resume a curation, or explain a decision."""
    if recipe == "explain":
        _explain(post, run or out)
        return
    if post is not None:
        raise UserError(f"'{post}': what is this? Inputs are given as --input {post}")
    if not inputs:
        raise UserError("no input; give files or folders with --input")
    if out is None and not check:
        raise UserError("no folder to write; give one with --out")
    from redone.corpus.settings.recipe import read_recipe

    settings = read_recipe(Path(recipe))
    if check:
        from redone.corpus.curate import check_inputs

        typer.echo(f"{recipe}: fine. {settings.name}: {check_inputs(settings, inputs)}")
        return
    assert out is not None
    from redone.corpus.curate import CurateOptions
    from redone.corpus.curate import curate as run_curation
    from redone.recipe.durable import disk_errors
    from redone.recipe.lock import hold
    from redone.report.curation import write_curation_report

    forbidden = _benchmark_texts(settings.benchmarks, Path(recipe).parent)
    with disk_errors(out):
        out.mkdir(parents=True, exist_ok=True)
        with hold(out), _progress() as notify:
            options = CurateOptions(executor=executor, workers=workers, notify=notify)
            summary = run_curation(settings, inputs, out, options, forbidden)
        page = write_curation_report(out)
    total = sum(row["documents"] for row in summary["documents"])
    tokens = sum(row["tokens"] for row in summary["documents"])
    typer.echo(f"{total:,} documents, {tokens:,} tokens: {out / 'documents'}")
    typer.echo(f"report: {page}")


def _benchmark_texts(folders: Sequence[str], base: Path) -> list[BenchmarkText]:
    """The texts of all benchmark sets below the folders that a recipe names."""
    if not folders:
        return []
    from redone.bench.guard.index import guarded_texts
    from redone.corpus.steps.benchmark_index import BenchmarkText

    return [BenchmarkText(*text) for folder in folders for text in guarded_texts(base / folder)]


def _explain(post: str | None, run: Path | None) -> None:
    if post is None:
        raise UserError("explain what? Give the id of a post: redone curate explain ID --run DIR")
    if run is None:
        raise UserError("in which run? Give its folder: redone curate explain ID --run DIR")
    from redone.corpus.explain import explain

    for line in explain(run, post):
        typer.echo(line)


@contextmanager
def _progress() -> Iterator[Notify]:
    """Show a bar with the time left, where somebody looks."""
    if not os.isatty(2):
        yield lambda stage, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bars: dict[str, int] = {}

        def notify(stage: str, done: int, total: int) -> None:
            bar = (
                bars.setdefault(stage, progress.add_task(stage, total=total))
                if stage not in bars
                else bars[stage]
            )
            progress.update(bar, completed=done)  # type: ignore[arg-type]

        yield notify
