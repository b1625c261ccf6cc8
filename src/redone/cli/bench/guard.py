"""``redone bench guard``: benchmark items in training files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from redone.cli.bench.options import Data, Json, write_json

GUARD_HELP = """Find benchmark items in training files (JSON lines, JSON, Parquet, plain text); exit code 2 on a hit.

\b
Examples:
  redone bench guard train.jsonl --data bench
  redone bench guard shards/*.parquet --data bench --suite sns-bench --json hits.json
"""


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
        write_json(report.to_json(), json)
    refuse(report)
