"""``redone experiment``: plan, assign, simulate and analyse online experiments."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from redone.experiment.plan import Need

app = typer.Typer(
    help="Online experiments: plan, assign, simulate, analyze.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Folder = Annotated[Path, typer.Option("--out", "-o", help="Folder to write.")]

PLAN_HELP = """Say how many units a change needs, or which change so many units find; write the design.

\b
Examples:
  redone experiment plan --metric click_page_rate --baseline 0.2 --change 0.05 --rows 12 --alike 0.05
  redone experiment plan --metric click_page_rate --change 0.05 --log before.parquet --units 20000
  redone experiment plan --design experiment.json --log before.parquet --out planned.json
"""


@app.command("plan", help=PLAN_HELP)
def plan(
    metric: Annotated[list[str] | None, typer.Option("--metric", help="Decision metric. Repeatable.")] = None,
    guardrail: Annotated[
        list[str] | None, typer.Option("--guardrail", help="Guardrail metric. Repeatable.")
    ] = None,
    design: Annotated[
        Path | None, typer.Option("--design", help="Take arms and goals from this file.")
    ] = None,
    log: Annotated[
        Path | None, typer.Option("--log", help="Measure levels and variances in this log.")
    ] = None,
    baseline: Annotated[float, typer.Option("--baseline", help="The rate as it is, without a log.")] = 0.0,
    change: Annotated[float, typer.Option("--change", help="Relative change worth finding.")] = 0.05,
    margin: Annotated[float, typer.Option("--margin", help="Relative loss a guardrail may have.")] = 0.02,
    rows: Annotated[float, typer.Option("--rows", help="Rows per unit, without a log.")] = 1.0,
    alike: Annotated[float, typer.Option("--alike", help="Correlation of two rows of one unit.")] = 0.0,
    units: Annotated[
        int | None, typer.Option("--units", help="Units there will be: what do they find?")
    ] = None,
    alpha: Annotated[float, typer.Option("--alpha", help="False positive rate over all metrics.")] = 0.05,
    power: Annotated[float, typer.Option("--power", help="Chance to find the change.")] = 0.8,
    looks: Annotated[str, typer.Option("--looks", help="daily or once.")] = "daily",
    days: Annotated[int, typer.Option("--days", help="Planned length.")] = 14,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the design to this file.")] = None,
) -> None:
    """Plan an experiment."""
    from redone.errors import UserError
    from redone.experiment.design import design_of, read_design, write_design
    from redone.experiment.log import read_log
    from redone.experiment.plan import level_of_guess, level_of_log, needs, planned

    if design is None and not metric:
        raise UserError("no metric: give --metric NAME or --design FILE (names: see docs, Experiments)")
    goals = [
        {"metric": name, "role": role, "change": change, "margin": margin}
        for role, names in (("decision", metric or []), ("guardrail", guardrail or []))
        for name in names
    ]
    plain = {
        "name": "experiment",
        "goals": goals,
        "alpha": alpha,
        "power": power,
        "looks": looks,
        "days": days,
    }
    chosen = read_design(design) if design else design_of(plain, "plan")
    if log is None:
        levels = [level_of_guess(baseline, rows, alike) for _ in chosen.goals]
    else:
        frame = read_log(log)
        levels = [level_of_log(frame, chosen.known_metrics()[goal.metric]) for goal in chosen.goals]
    found = needs(chosen, levels, units)
    for line in _plan_lines(found, chosen.looks):
        typer.echo(line)
    if out is not None:
        write_design(out, planned(chosen, levels))
        typer.echo(f"design: {out}")


def _plan_lines(found: list[Need], looks: str) -> list[str]:
    lines = [f"{'metric':26}{'role':11}{'level':>10}{'to find':>10}{'units':>12}{'with --units':>14}"]
    for need in found:
        goal = need.goal
        wanted = goal.change if goal.role == "decision" else goal.margin
        shown = f"{wanted:.4g}" if goal.role == "guardrail" and goal.absolute else f"{wanted:.2%}"
        other = "" if need.found is None else f"{need.found:.2%}"
        lines.append(
            f"{goal.metric:26}{goal.role:11}{need.level.value:>10.4g}{shown:>10}{need.units:>12,}{other:>14}"
        )
    reading = "any day (always-valid)" if looks == "daily" else "once, at the end"
    most = max(need.units for need in found)
    return [*lines, f"units of all arms together: {most:,}; results may be read {reading}"]


ASSIGN_HELP = """Say which arm units are in: the same answer on every machine.

\b
Examples:
  redone experiment assign experiment.json user-17 user-18
"""


@app.command("assign", help=ASSIGN_HELP)
def assign(
    design: Annotated[Path, typer.Argument(help="The design (experiment.json).")],
    units: Annotated[list[str], typer.Argument(metavar="UNIT...", help="Ids of units.")],
) -> None:
    """Assign units."""
    from redone.experiment.assignment import assign as arm_of
    from redone.experiment.assignment import bucket_of
    from redone.experiment.design import read_design

    chosen = read_design(design)
    for unit in units:
        arm = arm_of(chosen, unit)
        typer.echo(f"{unit}\t{arm if arm is not None else '-'}\tbucket {bucket_of(chosen.layer, unit)}")


SIMULATE_HELP = """Let simulated users of the embedded platform live with two served models; write the exposure log.

Each arm is a model folder or the base URL of an OpenAI-compatible server, or three of them, one for each
application: harmful=..., queries=..., titles=...

\b
Examples:
  redone experiment simulate --treatment runs/demo/model --control runs/demo/stages/00-base/model --out runs/ab
  redone experiment simulate --treatment http://127.0.0.1:8000/v1 --model-name m --control base --out runs/ab
"""


@app.command("simulate", help=SIMULATE_HELP)
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


ANALYZE_HELP = """Analyse an exposure log: checks, differences, verdict, and an HTML report.

The design is read from experiment.json beside the log unless --design names another.

\b
Examples:
  redone experiment analyze runs/ab/exposures.parquet --out runs/ab
  redone experiment analyze log.parquet --design experiment.json --out report
"""


@app.command("analyze", help=ANALYZE_HELP)
def analyze(
    log: Annotated[Path, typer.Argument(help="The exposure log (Parquet).")],
    out: Folder,
    design: Annotated[Path | None, typer.Option("--design", help="The design (experiment.json).")] = None,
) -> None:
    """Analyse a log."""
    from redone.experiment.analysis import analyze_file, write_analysis
    from redone.experiment.design import read_design
    from redone.experiment.render import render
    from redone.recipe.durable import disk_errors
    from redone.report import write_experiment_report

    chosen = read_design(design or log.parent / "experiment.json")
    analysis = analyze_file(log, chosen)
    with disk_errors(out):
        write_analysis(out, analysis)
        page = write_experiment_report(out)
    typer.echo(render(analysis))
    typer.echo(f"report: {page}")
