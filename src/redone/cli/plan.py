"""``redone plan``: what a recipe takes, before it is run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from redone.cli.options import Settings

HELP = """Say what a recipe takes: memory per GPU, tokens, FLOPs, hours and cost of every stage.

Computed from the recipe and the base model's sizes; nothing is loaded or trained. Without the base's folder its name,
or --model, says which public sizes to take. Exit code 0 also when it does not fit: the plan says what to change.

\b
Examples:
  redone plan recipes/redone-2-qwen3-4b.yaml --gpus 8 --gpu h200
  redone plan recipes/redone-2-qwen3-4b.yaml --gpus 64 --prompt-tokens 1500 --answer-tokens 400 --price 2.5
  redone plan recipes/redone-2-nano.yaml --gpu cpu-core --gpus 2 --like runs/demo
  redone plan recipes/redone-2-qwen3-4b.yaml --gpu rtx4090 --model qwen3-0.6b --json -
"""


def plan(
    recipe: Annotated[Path, typer.Argument(help="Recipe file (YAML).")],
    gpus: Annotated[int, typer.Option("--gpus", help="How many.")] = 1,
    gpu: Annotated[str, typer.Option("--gpu", help="Which: h200, h100, a100, l40s, rtx4090 ...")] = "h100",
    model: Annotated[
        str, typer.Option("--model", help="Sizes of a public model, for example qwen3-4b.")
    ] = "",
    prompt_tokens: Annotated[
        float | None, typer.Option("--prompt-tokens", min=1, max=10_000_000, help="Mean prompt, in tokens.")
    ] = None,
    answer_tokens: Annotated[
        float | None, typer.Option("--answer-tokens", min=1, max=10_000_000, help="Mean answer, in tokens.")
    ] = None,
    kept: Annotated[
        float | None, typer.Option("--kept", min=0.01, max=1, help="Share of groups that survive the filter.")
    ] = None,
    like: Annotated[
        Path | None, typer.Option("--like", help="Finished run to take lengths from and compare with.")
    ] = None,
    mfu: Annotated[float, typer.Option("--mfu", help="Share of the peak arithmetic that is reached.")] = 0.4,
    bandwidth: Annotated[
        float, typer.Option("--bandwidth", help="Share of the memory bandwidth that decoding reaches.")
    ] = 0.6,
    price: Annotated[float | None, typer.Option("--price", help="Price of one GPU per hour.")] = None,
    json: Annotated[
        str, typer.Option("--json", help="Write the plan as JSON to this file, - for stdout.")
    ] = "",
    settings: Settings = None,
) -> None:
    """Plan a recipe."""
    from redone.recipe.config import parse_settings, read_recipe
    from redone.recipe.scale import (
        Assumptions,
        architecture_of,
        lengths_at_limits,
        measured_lengths,
        plan_json,
        plan_lines,
        plan_scale,
    )
    from redone.recipe.scale import gpu as gpu_named
    from redone.recipe.scale.lengths import given_lengths

    checked = read_recipe(recipe, parse_settings(settings or []))
    sizes, source = architecture_of(checked, model)
    known = lengths_at_limits(checked) if like is None else measured_lengths(like)
    lengths = given_lengths(known, prompt_tokens, answer_tokens, kept)
    assumptions = Assumptions(mfu=mfu, bandwidth=bandwidth, price=price)
    made = plan_scale(checked, sizes, gpu_named(gpu), gpus, lengths, assumptions, source)
    if json:
        _write(plan_json(made), json)
    if json != "-":
        for line in plan_lines(made, _measured(like)):
            typer.echo(line)


def _measured(run: Path | None) -> dict[str, dict[str, Any]]:
    from redone.recipe.durable import read_json
    from redone.recipe.folder import RunFolder

    content = None if run is None else read_json(RunFolder(run).results)
    return {} if content is None else {stage["name"]: stage for stage in content["stages"]}


def _write(content: dict[str, Any], target: str) -> None:
    import orjson

    from redone.errors import UserError

    text = orjson.dumps(content, option=orjson.OPT_INDENT_2).decode()
    if target == "-":
        typer.echo(text)
        return
    try:
        Path(target).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"--json: {target} cannot be written ({error.strerror}); choose another file"
        ) from error
