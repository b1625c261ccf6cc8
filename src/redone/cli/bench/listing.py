"""``redone bench list``: the sets and where they are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from redone.cli.bench.options import Json, write_json

LIST_HELP = """List the benchmark sets: what is there, its licence and metric, or how to get it.

\b
Examples:
  redone bench list
  redone bench list sns-bench general --data bench
"""


def list_sets_command(
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
        write_json([row.to_json() for row in rows], json)
