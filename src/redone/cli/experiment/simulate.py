"""``redone experiment simulate``: simulated users live with two served models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from redone.cli.experiment.options import Folder

SIMULATE_HELP = """Let simulated users of the embedded platform live with two served models; write the exposure log.

Each arm is a model folder or the base URL of an OpenAI-compatible server, or three of them, one for each
application: harmful=..., queries=..., titles=...

\b
Examples:
  redone experiment simulate --treatment runs/demo/model --control runs/demo/stages/00-base/model --out runs/ab
  redone experiment simulate --treatment http://127.0.0.1:8000/v1 --model-name m --control base --out runs/ab
"""


def simulate(
    treatment: Annotated[list[str], typer.Option("--treatment", help="Model of the treatment. Repeatable.")],
    control: Annotated[list[str], typer.Option("--control", help="Model of the control. Repeatable.")],
    out: Folder,
    run: Annotated[Path | None, typer.Option("--run", help="Run whose world is simulated.")] = None,
    design: Annotated[Path | None, typer.Option("--design", help="A design with both arms.")] = None,
    users: Annotated[int, typer.Option("--users", min=10)] = 4000,
    notes: Annotated[int, typer.Option("--notes", min=10, help="Notes that are served.")] = 320,
    days: Annotated[int, typer.Option("--days", min=1)] = 14,
    seed: Annotated[int, typer.Option("--seed", help="Draws of the users' behaviour.")] = 0,
    model_name: Annotated[str, typer.Option("--model-name", help="The model's name at a URL.")] = "",
    key_variable: Annotated[
        str, typer.Option("--key-variable", help="Environment variable of the key.")
    ] = "",
    applications: Annotated[
        str, typer.Option("--applications", help="tasks (bare answers) or served (as the service has them).")
    ] = "tasks",
) -> None:
    """Simulate an experiment."""
    from rich.console import Console
    from rich.progress import Progress, TimeRemainingColumn

    from redone.errors import UserError
    from redone.experiment.design import read_design
    from redone.experiment.simulate.run import SimulationSettings, default_design
    from redone.experiment.simulate.run import simulate as run_simulation
    from redone.experiment.simulate.sources import Endpoint, answers_needed, open_arm, world_for

    if applications not in {"tasks", "served"}:
        raise UserError(f"--applications is {applications!r}: choose tasks or served")
    chosen = read_design(design) if design else default_design(days=days)
    if set(chosen.arms) != {chosen.control, "treatment"}:
        raise UserError(f"arms are {list(chosen.arms)}: simulate knows a control and 'treatment'")
    world = world_for(run, [*treatment, *control], seed)
    endpoint = Endpoint(model_name=model_name, key_variable=key_variable, served=applications == "served")
    settings = SimulationSettings(users=users, notes=notes, days=days, seed=seed)
    console = Console(stderr=True)
    with Progress(*Progress.get_default_columns()[:3], TimeRemainingColumn(), console=console) as bar:
        task = bar.add_task("serving notes", total=answers_needed(world, notes, 2, served=endpoint.served))

        def step(count: int) -> None:
            bar.update(task, advance=count)

        arms = {
            name: open_arm(models, world, endpoint, step)
            for name, models in ((chosen.control, control), ("treatment", treatment))
        }
        log = run_simulation(world, arms, chosen, out, settings, bar.console.print)
    typer.echo(f"log: {log}")
