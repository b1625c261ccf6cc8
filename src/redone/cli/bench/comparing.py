"""``redone bench compare`` and ``leaderboard``: a model beside others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from redone.cli.bench.options import (
    Data,
    Json,
    Only,
    Scoring,
    SuiteName,
    Thinking,
    say_licences,
    score_settings,
    write_json,
)

COMPARE_HELP = """Compare two models on the same items: paired intervals for each task, items gained and lost.

A and B are predictions files, or folders of `redone bench run`.

\b
Example:
  redone bench compare before.jsonl after.jsonl --suite sns-bench --data bench/sns-bench
"""
LEADERBOARD_HELP = """Show a predictions file beside the published rows.

\b
Example:
  redone bench leaderboard sns-bench --data bench/sns-bench --predictions p.jsonl --name ours
"""


def compare(
    left: Annotated[Path, typer.Argument(metavar="A", help="Predictions or run folder of the first model.")],
    right: Annotated[Path, typer.Argument(metavar="B", help="Those of the second model.")],
    suite: Annotated[str, typer.Option("--suite", help="Suite or set id.")],
    data: Data,
    scoring: Scoring = "fixed",
    only: Only = "",
    thinking: Thinking = None,
    json: Json = "",
) -> None:
    """Compare two models."""
    from redone.bench.catalogue import choose
    from redone.bench.compare import compare as compare_files
    from redone.bench.compare import render_comparison

    settings = score_settings(scoring, only, thinking)
    comparison = compare_files(suite, data, left, right, settings)
    say_licences(choose(suite, settings.only))
    if json != "-":
        typer.echo(render_comparison(comparison))
    if json:
        write_json(comparison.to_json(), json)


def leaderboard(
    suite: SuiteName,
    data: Data,
    predictions: Annotated[Path, typer.Option("--predictions", help="Predictions file or run folder.")],
    name: Annotated[str, typer.Option("--name", help="What to call the model.")] = "this run",
    scoring: Scoring = "paper",
) -> None:
    """Show the leaderboard."""
    from redone.bench.compare import predictions_of
    from redone.bench.leaderboard import leaderboard as rank
    from redone.bench.leaderboard import published, render_leaderboard
    from redone.bench.scoring import score_suite

    published(suite)
    result = score_suite(suite, data, predictions_of(predictions), score_settings(scoring, "", None))
    say_licences(f.bench_set for f in result.files.values())
    typer.echo(render_leaderboard(rank(result, name), suite))
