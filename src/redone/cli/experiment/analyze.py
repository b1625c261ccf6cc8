"""``redone experiment analyze``: an exposure log, checked and compared."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from redone.cli.experiment.options import Folder

ANALYZE_HELP = """Analyse an exposure log: checks, differences, verdict, and an HTML report.

The design is read from experiment.json beside the log unless --design names another.

\b
Examples:
  redone experiment analyze runs/ab/exposures.parquet --out runs/ab
  redone experiment analyze log.parquet --design experiment.json --out report
"""


def analyze(
    log: Annotated[Path, typer.Argument(help="The exposure log (Parquet).")],
    out: Folder,
    design: Annotated[Path | None, typer.Option("--design", help="The design (experiment.json).")] = None,
) -> None:
    """Analyse a log."""
    from redone.experiment.analysis import analyze_file, write_analysis
    from redone.experiment.design import read_design
    from redone.experiment.render import render
    from redone.recipe.durable import disk_errors
    from redone.report import write_experiment_report

    chosen = read_design(design or log.parent / "experiment.json")
    analysis = analyze_file(log, chosen)
    with disk_errors(out):
        write_analysis(out, analysis)
        page = write_experiment_report(out)
    typer.echo(render(analysis))
    typer.echo(f"report: {page}")
