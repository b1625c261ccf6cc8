"""``redone bench``: the benchmarks, listed, scored and compared, and kept out of training data."""

from __future__ import annotations

import typer

from redone.cli.bench import comparing, export, guard, listing, run, score

app = typer.Typer(
    help="Score models on SNS-Bench, SNS-TransBench and General-Bench.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("score", help=score.SCORE_HELP)(score.score)
app.command("list", help=listing.LIST_HELP)(listing.list_sets_command)
app.command("compare", help=comparing.COMPARE_HELP)(comparing.compare)
app.command("leaderboard", help=comparing.LEADERBOARD_HELP)(comparing.leaderboard)
app.command("guard", help=guard.GUARD_HELP)(guard.guard)
app.command("run", help=run.RUN_HELP)(run.run)
app.command("export", help=export.EXPORT_HELP)(export.export)
