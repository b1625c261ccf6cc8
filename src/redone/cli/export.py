"""``redone export``: a recipe's stages for other trainers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from redone.recipe.export.writing import Written

app = typer.Typer(
    help="Write a recipe's stages for other trainers.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Source = Annotated[Path, typer.Argument(help="Recipe file, or the folder of a run.")]
To = Annotated[
    Path, typer.Option("--out", "-o", help="Folder to write; files of the same names are replaced.")
]
Stage = Annotated[str, typer.Option("--stage", help="Only the stage of this name.")]

VERL_HELP = """Write a reinforcement stage for verl: parquet files, reward file, overrides, launch script.

Groups are filtered by the raw score; the penalty for long answers is added by verl's dapo reward manager. By default
the first reinforcement stage is written.

\b
Examples:
  redone export verl recipes/redone-2-qwen3-4b.yaml --out exports/stage-1
  redone export verl runs/demo --stage refinement --out exports/stage-3
"""
TOOL_HELP = """Write the built data of every stage for {title}: {what}.

From a recipe alone, rows that only a trained model can make are missing, and said so; a finished run has them.

\b
Examples:
  redone export {tool} runs/demo --out exports/{tool}
  redone export {tool} recipes/redone-1-nano.yaml --out exports/{tool} --stage preference
"""


@app.command("verl", help=VERL_HELP)
def verl(source: Source, out: To, stage: Stage = "") -> None:
    """Export for verl."""
    from redone.recipe.durable import disk_errors
    from redone.recipe.export.source import open_source
    from redone.recipe.export.verl import export_verl

    with disk_errors(out):
        _say(export_verl(open_source(source), out, stage), out)


def _tool(tool: str, source: Path, out: Path, stage: str) -> None:
    from redone.recipe.durable import disk_errors
    from redone.recipe.export.source import open_source
    from redone.recipe.export.tools import export_tool

    with disk_errors(out):
        _say(export_tool(tool, open_source(source), out, stage), out)


def _say(written: Written, out: Path) -> None:
    for name, rows in written.files.items():
        typer.echo(f"{out / name}" + (f": {rows} rows" if rows else ""))
    for note in written.notes:
        typer.echo(f"note: {note}")


@app.command(
    "llamafactory",
    help=TOOL_HELP.format(
        tool="llamafactory", title="LLaMA-Factory", what="JSON lines and dataset_info.json"
    ),
)
def llamafactory(source: Source, out: To, stage: Stage = "") -> None:
    """Export for LLaMA-Factory."""
    _tool("llamafactory", source, out, stage)


@app.command(
    "ms-swift",
    help=TOOL_HELP.format(
        tool="ms-swift", title="ms-swift", what="JSON lines of messages, and a reward plug-in"
    ),
)
def ms_swift(source: Source, out: To, stage: Stage = "") -> None:
    """Export for ms-swift."""
    _tool("ms-swift", source, out, stage)


@app.command("trl", help=TOOL_HELP.format(tool="trl", title="TRL", what="JSON lines, and a reward function"))
def trl(source: Source, out: To, stage: Stage = "") -> None:
    """Export for TRL."""
    _tool("trl", source, out, stage)
