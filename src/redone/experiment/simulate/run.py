"""A simulated experiment from two arms to the log on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from pathlib import Path

import numpy as np
import polars as pl

from redone.experiment.assignment import assign
from redone.experiment.design import Design, Goal, write_design
from redone.experiment.log import write_log
from redone.experiment.simulate.applications import Applications
from redone.experiment.simulate.people import Shelf, make_people, make_shelf
from redone.experiment.simulate.served import Served, serve
from redone.experiment.simulate.traffic import Habits, Phase, traffic
from redone.sources.simulator import World, stream

LOG, DESIGN, EXAMPLES = "exposures.parquet", "experiment.json", "served.parquet"
_FIRST_DAY = date(2026, 3, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationSettings:
    """How large the simulated experiment is. ``before`` are days on which everybody gets the control."""

    users: int = 4000
    notes: int = 320
    days: int = 14
    before: int = 7
    seed: int = 0


def default_design(name: str = "simulated", days: int = 14) -> Design:
    """The papers' online metrics: harm, search and title decide; over-blocking and value are guardrails."""
    return Design(
        name=name,
        days=days,
        goals=(
            Goal(metric="harmful_exposure_rate", baseline=0.15, change=0.1123),
            Goal(metric="click_page_rate", baseline=0.15, change=0.1495),
            Goal(metric="vague_title_ratio", baseline=0.3, change=0.119),
            Goal(metric="practical_title_ratio", baseline=0.5, change=0.071),
            Goal(metric="authentic_title_ratio", baseline=0.5, change=0.129),
            Goal(metric="interactive_title_ratio", baseline=0.2, change=0.258),
            Goal(metric="wrongly_withheld_rate", role="guardrail", baseline=0.05, change=0.5, margin=0.05,
                 absolute=True),
            Goal(metric="advertiser_value", role="guardrail", baseline=2.0, change=0.05, margin=0.02),
        ),
    )  # fmt: skip


def notes_for(world: World, count: int) -> Shelf:
    """``count`` notes of the test split, which no training stage has seen."""
    per_block = world.settings.block_users * world.settings.notes_per_user
    blocks = stream(world, "test", users=-(-count // per_block) * world.settings.block_users)
    notes = list(chain.from_iterable(block.notes for block in blocks))
    step = len(notes) / min(count, len(notes))
    # Notes come language by language: every n-th keeps both.
    return make_shelf([notes[int(i * step)] for i in range(min(count, len(notes)))])


def simulate(
    world: World, arms: Mapping[str, Applications], design: Design, out: Path, settings: SimulationSettings,
    say: Callable[[str], None] = lambda line: None,
) -> Path:  # fmt: skip
    """Serve both arms, let users live with them, and write log, design and what was served; return the log.

    Raises:
        UserError: a setting is out of range.
        RedoneError: an arm's model gives no answers.

    """
    out.mkdir(parents=True, exist_ok=True)
    shelf = notes_for(world, settings.notes)
    say(f"{len(shelf.notes)} notes, {settings.users} users, {settings.before}+{settings.days} days")
    served = {arm: serve(world, shelf.notes, arms[arm]) for arm in design.arms}
    rng = np.random.default_rng([settings.seed, 8])
    people = make_people(world, settings.users, shelf.categories, rng)
    assigned = [assign(design, unit) or "" for unit in people.ids]
    control = dict.fromkeys(design.arms, served[design.control])
    phases = (
        Phase(name="before", first=_FIRST_DAY - timedelta(days=settings.before), days=settings.before,
              served=control | {"": served[design.control]}),
        Phase(name="during", first=_FIRST_DAY, days=settings.days,
              served=served | {"": served[design.control]}),
    )  # fmt: skip
    parts = [traffic(people, assigned, shelf, phase, Habits(), rng) for phase in phases if phase.days]
    log = pl.concat(parts, how="diagonal").filter(pl.col("arm") != "")
    log = log.with_columns(pl.format("e{}", pl.int_range(pl.len())).alias("event"))
    write_design(out / DESIGN, design)
    write_log(out / LOG, log)
    _examples(shelf, served).write_parquet(out / EXAMPLES)
    say(f"{log.height} exposures in {out / LOG}")
    return out / LOG


def _examples(shelf: Shelf, served: Mapping[str, Served]) -> pl.DataFrame:
    """What every arm made of every note, to be read beside the numbers."""
    return pl.concat(
        pl.DataFrame(
            {
                "arm": [arm] * len(shelf.notes),
                "item": [note.id for note in shelf.notes],
                "language": [note.language for note in shelf.notes],
                "body": [note.body for note in shelf.notes],
                "own_title": [note.title for note in shelf.notes],
                "title": list(made.title),
                "query": list(made.query),
                "query_fit": made.fit,
                "harmful": shelf.harmful,
                "withheld": made.withheld,
                "vague": made.vague,
                "practical": made.practical,
                "authentic": made.authentic,
                "interactive": made.interactive,
            }
        )
        for arm, made in served.items()
    )
