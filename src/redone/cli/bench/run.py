"""``redone bench run``: a suite on a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from redone.cli.bench.options import Data, Only, Scoring, SuiteName, say_licences, score_settings

RUN_HELP = """Run a suite on a model folder or an OpenAI-compatible URL, or go on where it stopped.

With --out in a run folder's bench/, its report shows the suite.

\b
Examples:
  redone bench run sns-bench --data bench/sns-bench --model runs/demo/model --out runs/demo/bench/sns
  redone bench run sns-bench --data bench/sns-bench --model http://127.0.0.1:8000/v1 --model-name m --out r
"""


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
    limit: Annotated[
        int, typer.Option("--limit", min=0, help="Only the first items of each file; 0 is all.")
    ] = 0,
) -> None:
    """Run a suite."""
    from redone.bench.catalogue import choose
    from redone.bench.render import render_result, render_work
    from redone.bench.runner import RunSettings, open_answerer, run_suite
    from redone.bench.runner.answerers import Decoding
    from redone.recipe.progress import Display
    from redone.report import write_report

    score = score_settings(scoring, only, None)
    say_licences(choose(suite, score.only))
    decoding = Decoding(max_new_tokens=max_new_tokens, temperature=temperature)
    answerer = open_answerer(model, name, decoding, key_variable)

    settings = RunSettings(score=score, language=language, limit=limit)
    with Display().stage(suite) as shown:
        result = run_suite(
            suite, data, answerer, out, settings, lambda done, total: shown.advance(done, total, "answers")
        )
    typer.echo(render_result(result))
    if line := render_work(out):
        typer.echo(line)
    run_folder = out.resolve().parent.parent
    if out.resolve().parent.name == "bench" and (run_folder / "results.json").is_file():
        typer.echo(f"report: {write_report(run_folder)}")
