"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Out = Annotated[
    Path, typer.Option("--out", "-o", help="Folder to write; an interrupted run in it is resumed.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", "-s", metavar="KEY=VALUE", help="Change a setting, for example seed=3. Repeatable."
    ),
]
Restart = Annotated[
    bool, typer.Option("--restart", help="Discard work in OUT that belongs to another recipe.")
]
