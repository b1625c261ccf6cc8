"""``redone experiment``: plan, assign, simulate and analyse online experiments."""

from __future__ import annotations

import typer

from redone.cli.experiment import analyze, assign, plan, simulate

app = typer.Typer(
    help="Online experiments: plan, assign, simulate, analyze.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("plan", help=plan.PLAN_HELP)(plan.plan)
app.command("assign", help=assign.ASSIGN_HELP)(assign.assign)
app.command("simulate", help=simulate.SIMULATE_HELP)(simulate.simulate)
app.command("analyze", help=analyze.ANALYZE_HELP)(analyze.analyze)
