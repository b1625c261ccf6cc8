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


LIST_HELP = """List the benchmark sets: what is there, its licence and metric, or how to get it.

\b
Examples:
  redone bench list
  redone bench list sns-bench general --data bench
"""
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
GUARD_HELP = """Find benchmark items in training files (JSON lines, JSON, Parquet, plain text); exit code 2 on a hit.

\b
Examples:
  redone bench guard train.jsonl --data bench
  redone bench guard shards/*.parquet --data bench --suite sns-bench --json hits.json
"""


@app.command("list", help=LIST_HELP)
def list_command(
    suites: Annotated[list[str] | None, typer.Argument(help="Suites or set ids; all without.")] = None,
    data: Annotated[Path | None, typer.Option("--data", help="Folder to look in.")] = None,
    json: Json = "",
) -> None:
    """List sets."""
    from redone.bench.listing import list_sets, render_list
    from redone.bench.sets import SUITES

    rows = list_sets(tuple(suites or SUITES), data)
    if json != "-":
        typer.echo(render_list(rows))
    if json:
        _write_json([row.to_json() for row in rows], json)


@app.command("compare", help=COMPARE_HELP)
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

    settings = _settings(scoring, only, thinking)
    comparison = compare_files(suite, data, left, right, settings)
    _say_licences(choose(suite, settings.only))
    if json != "-":
        typer.echo(render_comparison(comparison))
    if json:
        _write_json(comparison.to_json(), json)


@app.command("leaderboard", help=LEADERBOARD_HELP)
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
    result = score_suite(suite, data, predictions_of(predictions), _settings(scoring, "", None))
    _say_licences(f.bench_set for f in result.files.values())
    typer.echo(render_leaderboard(rank(result, name), suite))


@app.command("guard", help=GUARD_HELP)
def guard(
    datasets: Annotated[list[Path], typer.Argument(metavar="DATASET...", help="Training files.")],
    data: Data,
    suite: Annotated[str, typer.Option("--suite", help="Suites or set ids, with commas between.")] = "",
    json: Json = "",
) -> None:
    """Find benchmark items in training data."""
    from redone.bench.guard import build_guard, check_files, refuse, render_hits

    names = tuple(name.strip() for name in suite.split(",") if name.strip())
    index = build_guard(data, names)
    report = check_files(index, datasets)
    if json != "-":
        typer.echo(render_hits(report))
    if json:
        _write_json(report.to_json(), json)
    refuse(report)


RUN_HELP = """Run a suite on a model folder or an OpenAI-compatible URL, or go on where it stopped.

\b
Examples:
  redone bench run sns-bench --data bench/sns-bench --model runs/demo/model --out runs/bench
  redone bench run sns-bench --data bench/sns-bench --model http://127.0.0.1:8000/v1 --model-name m --out r
"""


@app.command("run", help=RUN_HELP)
def run(
    suite: SuiteName,
    data: Data,
    model: Annotated[str, typer.Option("--model", help="Model folder, or base URL ending before /chat.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for answers and result.")],
    name: Annotated[str, typer.Option("--model-name", help="The model's name at the URL.")] = "",
    key_variable: Annotated[
        str, typer.Option("--key-variable", help="Environment variable of the key.")
    ] = "",
    language: Annotated[str, typer.Option("--language", help="Language of the prompts: en or zh.")] = "",
    max_new_tokens: Annotated[int, typer.Option("--max-new-tokens", min=1)] = 1024,
    temperature: Annotated[float, typer.Option("--temperature", min=0.0, help="0 is greedy.")] = 0.0,
    scoring: Scoring = "fixed",
    only: Only = "",
) -> None:
    """Run a suite."""
    from redone.bench.catalogue import choose
    from redone.bench.render import render_result
    from redone.bench.runner import RunSettings, open_answerer, run_suite
    from redone.bench.runner.answerers import Decoding

    score = _settings(scoring, only, None)
    _say_licences(choose(suite, score.only))
    decoding = Decoding(max_new_tokens=max_new_tokens, temperature=temperature)
    answerer = open_answerer(model, name, decoding, key_variable)

    def progress(done: int, total: int) -> None:
        typer.echo(f"{done} of {total} answered", err=True)

    settings = RunSettings(score=score, language=language)
    typer.echo(render_result(run_suite(suite, data, answerer, out, settings, progress)))
