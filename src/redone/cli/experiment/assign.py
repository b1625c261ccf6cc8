"""``redone experiment assign``: which arm units are in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ASSIGN_HELP = """Say which arm units are in: the same answer on every machine.

\b
Examples:
  redone experiment assign experiment.json user-17 user-18
"""


def assign(
    design: Annotated[Path, typer.Argument(help="The design (experiment.json).")],
    units: Annotated[list[str], typer.Argument(metavar="UNIT...", help="Ids of units.")],
) -> None:
    """Assign units."""
    from redone.experiment.assignment import assign as arm_of
    from redone.experiment.assignment import bucket_of
    from redone.experiment.design import read_design

    chosen = read_design(design)
    for unit in units:
        arm = arm_of(chosen, unit)
        typer.echo(f"{unit}\t{arm if arm is not None else '-'}\tbucket {bucket_of(chosen.layer, unit)}")
