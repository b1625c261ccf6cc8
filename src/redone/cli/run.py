"""``redone run``: a recipe into a run folder, with a report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from redone.cli.options import Out, Restart, Settings

HELP = """Run a recipe, or go on with it where it stopped.

Finished stages are kept. Ctrl-C stops after the current step (exit code 3); twice stops at once. Either way the
same command goes on.

\b
Examples:
  redone run recipes/redone-2-nano.yaml --out runs/demo
  redone run recipes/redone-2-nano.yaml --out runs/seed3 --set seed=3
  redone run recipes/redone-2-nano.yaml -o runs/short -s stages.exploratory.rl.steps=20
  redone run recipes/redone-2-nano.yaml -o runs/timed --profile --no-cache
  torchrun --nproc-per-node 8 -m redone run recipes/hardware/node-8-qwen3-4b.yaml -o runs/node
"""


def run(
    recipe: Annotated[Path, typer.Argument(help="Recipe file (YAML).")],
    out: Out,
    settings: Settings = None,
    restart: Restart = False,
    cache: Annotated[
        Path | None, typer.Option("--cache", help="Where base models are shared [default: ~/.cache/redone].")
    ] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Train the base model anew.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only check the recipe.")] = False,
    profile: Annotated[
        bool,
        typer.Option("--profile", help="Write where each training step's time goes; shown in the report."),
    ] = False,
) -> None:
    """Run or resume a recipe."""
    from redone.recipe.config import parse_settings, read_recipe

    checked = read_recipe(recipe, parse_settings(settings or []))
    if check:
        stages = " -> ".join(["base", *(stage.name for stage in checked.stages)])
        typer.echo(f"{recipe}: fine. {checked.name}, seed {checked.seed}: {stages}")
        return
    from redone.bench.guard import check_training
    from redone.recipe.cache import default_cache
    from redone.recipe.durable import disk_errors
    from redone.recipe.runner import RunOptions
    from redone.recipe.runner import run as run_recipe
    from redone.recipe.workshop import workshop
    from redone.report import write_report

    shared = None if no_cache else cache or default_cache()
    options = RunOptions(cache=shared, restart=restart, profile=profile)
    summary = run_recipe(checked, out, workshop(check_training), options)
    if not summary.led:
        return
    with disk_errors(out):
        page = write_report(out)
    typer.echo(f"report: {page}")
