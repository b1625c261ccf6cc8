"""``redone tasks``: the task catalogue, looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from redone.tasks import Task

app = typer.Typer(
    help="Look at the task catalogue.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

TaskId = Annotated[str, typer.Argument(help="Task id, as `redone tasks list` shows it.")]

LIST_HELP = """List all tasks by capability.

\b
Examples:
  redone tasks list
  redone tasks list --suite general
  redone tasks list --json -
"""
SHOW_HELP = """Show one task: its prompts, answer form, reward and what it needs.

\b
Example:
  redone tasks show sentiment
"""
PREVIEW_HELP = """Show examples of a task as the simulated platform makes them.

\b
Examples:
  redone tasks preview sentiment
  redone tasks preview sentiment --seed 3 --count 5 --language zh
"""


@app.command("list", help=LIST_HELP)
def list_tasks(
    suite: Annotated[str, typer.Option("--suite", help="Only sns, translation or general.")] = "",
    json: Annotated[
        str, typer.Option("--json", help="Write all fields as JSON to this file, - for stdout.")
    ] = "",
) -> None:
    """List tasks."""
    from redone.errors import UserError
    from redone.tasks import CAPABILITIES, catalogue

    chosen = [task for task in catalogue().values() if suite in {"", task.suite}]
    if not chosen:
        raise UserError(f"--suite is {suite!r}: choose from sns, translation, general")
    if json:
        _write_json(chosen, json)
    if json == "-":
        return
    width = max(len(task.id) for task in chosen)
    for capability in CAPABILITIES:
        members = [task for task in chosen if task.capability == capability]
        if members:
            typer.echo(f"{capability} ({len(members)})")
        for task in members:
            languages = ",".join(task.languages)
            typer.echo(f"  {task.id:<{width}}  {task.metric:<14} {languages:<6} {task.title.get('en', '')}")
    typer.echo(f"{len(chosen)} tasks")


def _write_json(chosen: Sequence[Task], target: str) -> None:
    from pathlib import Path

    import orjson

    from redone.errors import UserError
    from redone.tasks import task_fields

    text = orjson.dumps([task_fields(task) for task in chosen], option=orjson.OPT_INDENT_2).decode()
    if target == "-":
        typer.echo(text)
        return
    try:
        Path(target).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"--json: {target} cannot be written ({error.strerror}); choose another file"
        ) from error


@app.command("show", help=SHOW_HELP)
def show(task_id: TaskId) -> None:
    """Show one task."""
    from redone.tasks import get

    task = get(task_id)
    facts = {
        "capability": task.capability,
        "suite": task.suite,
        "answer": f"{task.answer}, read by {task.parser}",
        "reward": " ".join(filter(None, (task.reward.kind, task.reward.metric))),
        "metric": task.metric,
        "needs": ", ".join(task.needs) or "nothing",
        "truth": task.truth,
        "negatives": task.negatives or "none",
    }
    typer.echo(f"{task.id}: " + " / ".join(task.title.values()))
    for name, value in facts.items():
        typer.echo(f"  {name:<11}{value}")
    for language, prompts in task.prompts.items():
        for index, prompt in enumerate(prompts, start=1):
            kept = " (evaluation only)" if index == len(prompts) else ""
            typer.echo(f"  prompt {language} {index}{kept}:")
            typer.echo("    " + prompt.replace("\n", "\n    "))


@app.command("preview", help=PREVIEW_HELP)
def preview(
    task_id: TaskId,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Which world.")] = 0,
    count: Annotated[int, typer.Option("--count", min=1, max=100, help="How many examples.")] = 3,
    language: Annotated[str, typer.Option("--language", help="Only zh or en.")] = "",
) -> None:
    """Show examples."""
    from itertools import islice

    from redone.recipe.preview import examples

    shown = 0
    for example in islice((e for e in examples(task_id, seed) if language in {"", e.language}), count):
        shown += 1
        typer.echo(f"--- {example.id}")
        for message in example.messages:
            typer.echo(f"{message.role}: {message.content}")
        typer.echo(f"references: {' | '.join(example.references)}")
        if example.target not in example.references:
            typer.echo(f"as logged: {example.target}")
        if example.rationale:
            typer.echo(f"rationale: {example.rationale}")
    if not shown:
        typer.echo("no example for these options")
