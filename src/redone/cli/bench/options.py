"""Options that the commands of ``redone bench`` share, and what they do alike."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from redone.bench.scoring import ScoreSettings

SuiteName = Annotated[str, typer.Argument(help="sns-bench, sns-transbench, general, or one set's id.")]
Data = Annotated[Path, typer.Option("--data", help="Folder that holds the benchmark's files.")]
Scoring = Annotated[str, typer.Option("--scoring", help="paper (as published) or fixed (corrected).")]
Only = Annotated[str, typer.Option("--only", help="Only these files, with commas between.")]
Thinking = Annotated[
    bool | None,
    typer.Option(
        "--strip-thinking/--keep-thinking", help="Remove reasoning text first [fixed: yes, paper: no]."
    ),
]
Json = Annotated[str, typer.Option("--json", help="Write the result as JSON to this file, - for stdout.")]


def score_settings(scoring: str, only: str, thinking: bool | None) -> ScoreSettings:
    """Return the settings that the options stand for.

    Raises:
        UserError: there is no such scoring.

    """
    from redone.bench.scoring import ScoreSettings
    from redone.bench.sets import MODES
    from redone.errors import UserError

    mode = next((mode for mode in MODES if mode == scoring), None)
    if mode is None:
        raise UserError(f"--scoring is {scoring!r}: choose from {', '.join(MODES)}")
    names = tuple(name.strip() for name in only.split(",") if name.strip())
    return ScoreSettings(mode=mode, only=names, thinking=thinking)


def say_licences(sets: Any) -> None:
    """Print the licences of the sets that allow no commercial use."""
    from redone.bench.licence import licence_lines

    for line in licence_lines(sets):
        typer.echo(line, err=True)


def write_json(value: Any, target: str) -> None:
    """Write a value to a file, or to standard output for ``-``."""
    import orjson

    text = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY).decode()
    if target == "-":
        typer.echo(text)
    else:
        Path(target).write_text(text + "\n", encoding="utf-8")
