"""The report of one run: what each stage gained, on which tasks, and at what cost to general ability."""

from __future__ import annotations

from pathlib import Path

from redone.report.reading import text
from redone.report.render import write_page
from redone.report.run_data import load_run
from redone.report.sections import (
    alerts,
    benchmarks,
    doubted,
    headline,
    heat,
    preference,
    profile,
    reading,
    samples,
    settings,
    tables,
    training,
    weakness,
)


def write_report(run: Path) -> Path:
    """Write ``report.html`` into a run folder and return its path.

    The page is one file without scripts or outside resources. Parts of the run that are missing make it
    smaller; damaged ones are named on it.

    Raises:
        UserError: the run folder does not exist.
        OSError: the page cannot be written there.

    """
    data = load_run(run)
    tolerance = alerts.tolerance_of(data.recipe)
    return write_page(
        "run.html.jinja",
        run / "report.html",
        run=data,
        order=data.order,
        task_count=len(
            {task for stage in data.results.stages for _, task, _ in stage.tasks(data.results.headline)}
        ),
        recipe_name=text(data.recipe.get("name")),
        alerts=alerts.alerts(data),
        headline=headline.headline(data.results),
        stage_table=tables.stage_table(data.results),
        seesaw=headline.seesaw_section(data.results, tolerance),
        heat=heat.heat_map(data),
        weakness=weakness.weakness(data),
        doubted=doubted.doubted(data),
        unseen=tables.unseen_table(data.results),
        training=training.training(data),
        reading=reading.reading(data),
        preference=preference.preference(data),
        profile=profile.profile(data),
        benchmarks=benchmarks.benchmarks(data),
        samples=samples.samples(data),
        costs=tables.cost_table(data),
        recipe=settings.flat(data.recipe),
        environment=settings.flat(data.environment),
    )
