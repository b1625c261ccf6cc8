"""``redone bench``: the benchmarks, listed, scored and compared, and kept out of training data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from redone.bench.scoring import ScoreSettings

app = typer.Typer(
    help="Score models on SNS-Bench, SNS-TransBench and General-Bench.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

SuiteName = Annotated[str, typer.Argument(help="sns-bench, sns-transbench, general, or one set's id.")]
Data = Annotated[Path, typer.Option("--data", help="Folder that holds the benchmark's files.")]
Scoring = Annotated[str, typer.Option("--scoring", help="paper (as published) or fixed (corrected).")]
Only = Annotated[str, typer.Option("--only", help="Only these files, with commas between.")]
Thinking = Annotated[
    bool | None,
    typer.Option(
        "--strip-thinking/--keep-thinking", help="Remove reasoning text first [fixed: yes, paper: no]."
    ),
]
Json = Annotated[str, typer.Option("--json", help="Write the result as JSON to this file, - for stdout.")]

SCORE_HELP = """Score a predictions file: one {"file": ..., "index": 0, "output": ...} a line.

\b
Examples:
  redone bench score sns-bench --data bench/sns-bench --predictions p.jsonl --scoring paper
  redone bench score sns-bench --data bench/sns-bench --predictions p.jsonl --only Note-CHLW --json -
"""


@app.command("score", help=SCORE_HELP)
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
    result = score_suite(suite, data, predictions, _settings(scoring, only, thinking))
    _say_licences(f.bench_set for f in result.files.values())
    if json != "-":
        typer.echo(render_result(result))
    if json:
        _write_json(result.to_json(average), json)


def _settings(scoring: str, only: str, thinking: bool | None) -> ScoreSettings:
    from redone.bench.scoring import ScoreSettings
    from redone.bench.sets import MODES
    from redone.errors import UserError

    mode = next((mode for mode in MODES if mode == scoring), None)
    if mode is None:
        raise UserError(f"--scoring is {scoring!r}: choose from {', '.join(MODES)}")
    names = tuple(name.strip() for name in only.split(",") if name.strip())
    return ScoreSettings(mode=mode, only=names, thinking=thinking)


def _say_licences(sets: Any) -> None:
    from redone.bench.licence import licence_lines

    for line in licence_lines(sets):
        typer.echo(line, err=True)


def _write_json(value: Any, target: str) -> None:
    import orjson

    text = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY).decode()
    if target == "-":
        typer.echo(text)
    else:
        Path(target).write_text(text + "\n", encoding="utf-8")
