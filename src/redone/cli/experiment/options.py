"""Options that several experiment commands have."""

from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[Path, typer.Option("--out", "-o", help="Folder to write.")]
