"""``redone bench export``: the catalogue's tasks for other harnesses."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EXPORT_HELP = """Write the catalogue's tasks for another harness: one YAML and one JSONL file each, without code.

The files are meant for the folder that they lie in: start the harness there.

\b
Examples:
  redone bench export lm-eval --out exported
  redone bench export lm-eval --out exported --seed 3 --items 200 --task sentiment --task title
"""


def export(
    harness: Annotated[str, typer.Argument(help="lm-eval (lm-evaluation-harness).")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Which world the test items are of.")] = 0,
    items: Annotated[int, typer.Option("--items", min=1, help="Test items per task.")] = 100,
    task: Annotated[list[str] | None, typer.Option("--task", help="Only this task. Repeatable.")] = None,
) -> None:
    """Export tasks."""
    from redone.bench.export import ExportSettings, export_lm_eval
    from redone.errors import UserError

    if harness != "lm-eval":
        raise UserError(f"{harness!r} is no harness that is written for; choose lm-eval")
    written = export_lm_eval(out, ExportSettings(seed=seed, items=items, tasks=tuple(task or ())))
    for name, reason in written.left_out.items():
        typer.echo(f"left out: {name} ({reason})")
    typer.echo(f"{out}: {len(written.tasks)} tasks; cd {out} && lm_eval --include_path . --tasks redone ...")
