"""``redone doctor``: what this machine can do, and what follows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from redone.errors import RedoneError

HELP = """Say what this machine can do and what follows for a run.

Exit code 1 when something that a run needs is missing or not writable.

\b
Examples:
  redone doctor
  redone doctor --json
"""
MARKS = {"ok": " ok ", "note": "note", "problem": "MEND"}


def doctor(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder that runs would be written to.")] = Path(
        "runs"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Look at the machine."""
    from dataclasses import asdict

    import orjson

    from redone.recipe.machine import examine

    findings = []
    for finding in examine(out):
        findings.append(finding)
        if not as_json:
            typer.echo(f"[{MARKS[finding.level]}] {finding.name}: {finding.seen}\n       {finding.follows}")
    if as_json:
        typer.echo(
            orjson.dumps({"findings": [asdict(f) for f in findings]}, option=orjson.OPT_INDENT_2).decode()
        )
    broken = [
        finding.name for finding in findings if finding.level == "problem" and finding.name != "sandbox"
    ]
    if broken:
        raise RedoneError(f"not fit for a run: {', '.join(broken)}")
