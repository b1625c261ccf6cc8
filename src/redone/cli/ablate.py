"""``redone ablate``: arms times seeds, and the table that compares them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from redone.cli.options import Out, Restart, Settings

HELP = """Train the arms of a comparison from one base and write the table.

What arms share is computed once. The table grows with every finished run; an interrupted comparison goes on.

\b
Examples:
  redone ablate recipes/ablation-nano.yaml --out runs/ablation
  redone ablate recipes/ablation-nano.yaml --out runs/ablation --set "seeds=[4, 5]"
  redone ablate recipes/ablation-nano.yaml --out runs/ablation --check
"""


def ablate(
    recipe: Annotated[Path, typer.Argument(help="Ablation file (YAML): a recipe, seeds and arms.")],
    out: Out,
    settings: Settings = None,
    restart: Restart = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only check all arms and say what would run.")
    ] = False,
) -> None:
    """Run or resume a comparison."""
    from redone.recipe import ablation
    from redone.recipe.config import parse_settings, read_ablation

    checked = read_ablation(recipe, parse_settings(settings or []))
    if check:
        ablation.check(checked, typer.echo)
        return
    from redone.bench.guard import check_training
    from redone.recipe.durable import disk_errors
    from redone.recipe.runner import RunOptions
    from redone.recipe.workshop import workshop
    from redone.report import write_ablation_report

    ablation.run_ablation(checked, out, workshop(check_training), RunOptions(restart=restart))
    typer.echo((out / "comparison.md").read_text(encoding="utf-8"))
    with disk_errors(out):
        page = write_ablation_report(out)
    typer.echo(f"report: {page}")
