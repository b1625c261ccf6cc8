"""``redone bench score``: a predictions file, scored."""

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

SCORE_HELP = """Score a predictions file: one {"file": ..., "index": 0, "output": ...} a line.

\b
Examples:
  redone bench score sns-bench --data bench/sns-bench --predictions p.jsonl --scoring paper
  redone bench score sns-bench --data bench/sns-bench --predictions p.jsonl --only Note-CHLW --json -
"""


def score(
    suite: SuiteName,
    data: Data,
    predictions: Annotated[Path, typer.Option("--predictions", help="The predictions file (JSON lines).")],
    scoring: Scoring = "fixed",
    only: Only = "",
    thinking: Thinking = None,
    average: Annotated[str, typer.Option("--average", help="Score over tasks, files or items.")] = "tasks",
    json: Json = "",
) -> None:
    """Score predictions."""
    from redone.bench.render import render_result
    from redone.bench.results import AVERAGES
    from redone.bench.scoring import score_suite
    from redone.errors import UserError

    if average not in AVERAGES:
        raise UserError(f"--average is {average!r}: choose from {', '.join(AVERAGES)}")
    result = score_suite(suite, data, predictions, score_settings(scoring, only, thinking))
    say_licences(f.bench_set for f in result.files.values())
    if json != "-":
        typer.echo(render_result(result))
    if json:
        write_json(result.to_json(average), json)
