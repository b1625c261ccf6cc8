"""``redone ingest``: what mapping files make of your data, before anything is trained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from redone.sources.ingest import IngestSettings, Preview

    Job = tuple[Path, Path | None, dict[str, int], IngestSettings]

HELP = """Show what mapping files, or those of a recipe, make of your data.

For each file: the first row, rows set aside by reason, the tasks that become available, how many examples each
gets per split, one example of each, and what is missing for more. Nothing is trained or written.

\b
Examples:
  redone ingest --check mine/recipe.yaml
  redone ingest --check mine/mappings/notes.yaml --root dumps/
  redone ingest --check recipes/public-data.yaml --set data.root=/path/to/sets --json -
"""


def ingest(
    files: Annotated[list[Path], typer.Argument(help="Mapping files or recipes.", metavar="FILE...")],
    check: Annotated[
        bool, typer.Option("--check", help="Preview; the only thing this command does.")
    ] = False,
    root: Annotated[
        Path | None,
        typer.Option("--root", help="Where paths inside mapping files start [default: beside them]."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", "-s", metavar="KEY=VALUE", help="Change a setting of a recipe."),
    ] = None,
    json: Annotated[str, typer.Option("--json", help="Write JSON to this file, - for stdout.")] = "",
) -> None:
    """Preview mapping files."""
    from redone.errors import UserError
    from redone.sources.ingest import check as preview

    if not check:
        raise UserError(
            "redone ingest previews and writes nothing; say so with --check (a run reads the files itself)"
        )
    jobs = [job for file in files for job in _jobs(file, root, settings or [])]
    found: dict[str, Preview] = {}
    wrong: dict[str, str] = {}
    for mapping, base, limits, options in jobs:
        try:
            found[str(mapping)] = preview(mapping, base, limits or None, options)
        except UserError as error:
            wrong[str(mapping)] = str(error)
        if not json:
            said = found[str(mapping)].text() if str(mapping) in found else f"WRONG: {wrong[str(mapping)]}"
            typer.echo(f"=== {mapping}\n{said}\n")
    if json:
        _write(found, wrong, json)
    else:
        typer.echo(_total(found))
    if wrong:
        first = next(iter(wrong.values()))
        raise UserError(f"{len(wrong)} of {len(jobs)} mapping files cannot be used; the first: {first}")


def _jobs(file: Path, root: Path | None, settings: list[str]) -> Iterator[Job]:
    """The mapping files that a file means, with what a run would read them with."""
    from redone.errors import UserError
    from redone.sources.ingest import IngestSettings
    from redone.sources.ingest.yaml_file import load_yaml

    if "set" in load_yaml(file):
        yield file, root, {}, IngestSettings()
        return
    from redone.recipe.config import FilesData, parse_settings, read_recipe
    from redone.recipe.filed import ingest_limits
    from redone.recipe.inputs import data_root

    recipe = read_recipe(file, parse_settings(settings))
    if not isinstance(recipe.data, FilesData):
        raise UserError(
            f"{file}: its data come from the {recipe.data.kind}, not from files; nothing to check"
        )
    limits, options = ingest_limits(recipe)
    for name in recipe.data.mappings:
        yield Path(name), root or data_root(recipe.data), limits, options


def _total(found: dict[str, Preview]) -> str:
    tasks = [task for one in found.values() for task in one.tasks]
    whole = sum(bool(task.examples["train"]) and bool(task.examples["test"]) for task in tasks)
    capabilities = sorted({task.capability for task in tasks})
    aside = sum(count for one in found.values() for count in one.quarantined.values())
    rows = sum(one.rows for one in found.values())
    return (
        f"{len(found)} mapping files, {rows:,} rows, {aside:,} set aside; {len(tasks)} tasks "
        f"({', '.join(capabilities)}), {whole} of them with train and test examples"
    )


def _write(found: dict[str, Preview], wrong: dict[str, str], target: str) -> None:
    import orjson

    from redone.errors import UserError

    value = {"mappings": {name: one.json() for name, one in found.items()}, "wrong": wrong}
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    if target == "-":
        typer.echo(text)
        return
    try:
        Path(target).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"--json: {target} cannot be written ({error.strerror}); choose another file"
        ) from error
