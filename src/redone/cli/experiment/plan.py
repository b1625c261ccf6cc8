"""``redone experiment plan``: units that a change needs, and changes that units find."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from redone.experiment.plan import Need

PLAN_HELP = """Say how many units a change needs, or which change so many units find; write the design.

\b
Examples:
  redone experiment plan --metric click_page_rate --baseline 0.2 --change 0.05 --rows 12 --alike 0.05
  redone experiment plan --metric click_page_rate --change 0.05 --log before.parquet --units 20000
  redone experiment plan --design experiment.json --log before.parquet --out planned.json
"""


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
