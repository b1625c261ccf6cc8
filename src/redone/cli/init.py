"""``redone init``: a folder of dumps into mapping files and a recipe to edit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from redone.sources.ingest.guess import Guessed

HELP = """Look at a folder of dumps and write mapping files and a recipe to edit.

Reads .jsonl, .json, .csv, .tsv, .parquet (also .gz, .zst) and plain text. Columns are guessed by name (Chinese
and English) and by content; what is unsure is said in comments. Nothing is overwritten without --force.

\b
Examples:
  redone init dumps/ --out mine/
  redone init dumps/ --out mine/ --force --json -
"""


def init(
    folder: Annotated[Path, typer.Argument(help="Folder with the dumps.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write mapping files and recipe to.")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")] = False,
    json: Annotated[str, typer.Option("--json", help="- for JSON on stdout instead of text.")] = "",
) -> None:
    """Write mapping files and a recipe."""
    from redone.errors import UserError
    from redone.recipe.durable import disk_errors
    from redone.sources.ingest.guess import guess_folder

    if json not in ("", "-"):
        raise UserError(f"--json is {json!r}: only - (stdout) is known")
    found = guess_folder(folder)
    texts = _texts(found, folder, out)
    there = [name for name in texts if (out / name).exists()]
    if there and not force:
        raise UserError(
            f"{out / there[0]} is there already ({len(there)} files in all). Use --force to overwrite"
        )
    with disk_errors(out):
        (out / "mappings").mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (out / name).write_text(text, encoding="utf-8")
    if json:
        import orjson

        typer.echo(orjson.dumps(_summary(found, list(texts)), option=orjson.OPT_INDENT_2).decode())
        return
    _say(found, out)


def _texts(found: Guessed, folder: Path, out: Path) -> dict[str, str]:
    """File name below the output folder -> what to write."""
    import os

    from redone.recipe.starter import starter_recipe

    texts = {f"mappings/{one.name}.yaml": one.text for one in found.sets if one.text}
    if found.records:
        texts["mappings/platform_records.yaml"] = found.records
    by_hand = {f"mappings/{one.name}.yaml": one.skeleton for one in found.sets if one.skeleton}
    remarks = [f"- {name}  # no task recognised: fill it in, then take the first # away" for name in by_hand]
    root = os.path.relpath(folder.resolve(), out.resolve())
    texts["recipe.yaml"] = starter_recipe("my-platform", root, list(texts), remarks)
    return {**texts, **by_hand}


def _summary(found: Guessed, written: list[str]) -> dict[str, Any]:
    from dataclasses import asdict

    files = ("text", "skeleton")
    sets = [{key: value for key, value in asdict(one).items() if key not in files} for one in found.sets]
    return {"sets": sets, "written": written, "not_read": found.left}


def _say(found: Guessed, out: Path) -> None:
    for one in found.sets:
        asked = [*one.tasks, *(["general conversations"] if one.chat else [])]
        typer.echo(f"{one.name} ({len(one.files)} files): {', '.join(asked) or 'no task recognised'}")
        for doubt in one.doubts:
            typer.echo(f"  look at: {doubt}")
        if one.skeleton:
            typer.echo(f"  fill in: {out / 'mappings' / one.name}.yaml, then name it in the recipe")
    if found.records:
        typer.echo("platform_records: the platform's own tables, for tasks of the catalogue")
    if found.left:
        typer.echo(f"not read: {', '.join(found.left[:6])}" + (" ..." if len(found.left) > 6 else ""))
    typer.echo(f"written: {out / 'mappings'}, {out / 'recipe.yaml'}")
    if any(one.text for one in found.sets) or found.records:
        typer.echo(f"next: redone ingest --check {out / 'recipe.yaml'}")
    else:
        typer.echo("next: fill in a mapping file; docs/en/platform-in-one-hour.md shows one of each kind")
