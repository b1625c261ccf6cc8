"""What simulated users do with what they are served: a feed, a page of suggested searches, titles rated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from redone.experiment.simulate.people import People, Shelf
from redone.experiment.simulate.served import Served

Index = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How readers behave; shares in 0..1. Our choice, documented with the results that rest on it.

    ``page`` notes a visit, half of them of the reader's own interests. A suggestion that fits (1.0) is clicked
    with ``clicks``, one that does not (below ``fit_from``) with ``stray``. A title that readers find vague
    loses ``vague_loss`` of its openings, one that is practical or interactive gains. ``rated`` of the shown
    titles go to raters, who err in ``rater_error`` of their answers.
    """

    page: int = 6
    own: float = 0.5
    clicks: float = 0.55
    stray: float = 0.02
    fit_from: float = 0.35
    vague_loss: float = 0.15
    practical_gain: float = 0.05
    interactive_gain: float = 0.05
    rated: float = 0.25
    rater_error: float = 0.05
    value_spread: float = 0.6
    """Deviation of the logarithm of an opened note's advertiser value, whose median is 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A stretch of days of one phase, and what each arm serves in it."""

    name: str
    first: date
    days: int
    served: Mapping[str, Served]


def traffic(
    people: People, arms: list[str], shelf: Shelf, phase: Phase, habits: Habits, rng: np.random.Generator
) -> pl.DataFrame:  # fmt: skip
    """The log of a phase: a feed row per note that was due, and a search row per note that was opened."""
    user, day = _visits(people, phase.days, rng)
    user, day = np.repeat(user, habits.page), np.repeat(day, habits.page)
    note = _due(people, shelf, user, habits, rng)
    names = list(phase.served)
    arm = np.array([names.index(name) for name in arms], dtype=np.int64)[user]
    table = {
        name: np.stack([getattr(served, name) for served in phase.served.values()])[arm, note]
        for name in ("withheld", "fit", "vague", "practical", "authentic", "interactive")
    }
    shown = ~table["withheld"]
    opened = shown & (rng.random(len(user)) < _open_chance(people, shelf, user, note, table, habits))
    worth = np.where(
        opened & ~shelf.harmful[note], np.exp(rng.normal(0, habits.value_spread, len(user))), 0.0
    )
    base = {
        "unit": np.array(people.ids, dtype=object)[user],
        "arm": np.array(names, dtype=object)[arm],
        "day": [phase.first + timedelta(days=int(d)) for d in range(phase.days)],
        "item": np.array([n.id for n in shelf.notes], dtype=object)[note],
    }
    days = np.array(base.pop("day"), dtype="datetime64[D]")[day]
    frame = pl.DataFrame(base, schema=dict.fromkeys(base, pl.String)).with_columns(
        pl.Series("day", days).cast(pl.Date), pl.lit(phase.name).alias("phase")
    )
    feed = frame.with_columns(
        pl.lit("feed").alias("surface"),
        pl.Series("withheld", table["withheld"]),
        pl.Series("harmful", shelf.harmful[note]),
        pl.Series("value", np.where(shown, worth, np.nan)).fill_nan(None),
        *_ratings(table, shown & (rng.random(len(user)) < habits.rated), habits, rng),
    )
    search = frame.with_columns(
        pl.lit("search").alias("surface"),
        pl.Series("clicked", rng.random(len(user)) < _click_chance(people, user, table["fit"], habits)),
    ).filter(pl.Series(opened))
    return pl.concat([feed, search], how="diagonal")


def _visits(people: People, days: int, rng: np.random.Generator) -> tuple[Index, Index]:
    """User and day of every visit."""
    counts = rng.poisson(np.repeat(people.visits[:, None], days, axis=1))
    user, day = np.nonzero(counts)
    times = counts[user, day]
    return np.repeat(user, times), np.repeat(day, times)


def _due(people: People, shelf: Shelf, user: Index, habits: Habits, rng: np.random.Generator) -> Index:
    """The note of every place of every page: a category of the reader's own or any, and a note of it.

    Categories belong to a language, so a reader's own are in the reader's language.
    """
    sizes = np.bincount(shelf.category, minlength=len(shelf.categories))
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    liked = people.likes > people.likes.min()
    home = _languages(shelf)
    speaks = home[np.argmax(liked, axis=1)]
    everything = (home[None, :] == speaks[:, None]) / 1.0
    own = np.where(liked.any(axis=1, keepdims=True), liked & (everything > 0), everything > 0)
    category = np.where(
        rng.random(len(user)) < habits.own,
        _drawn(own, user, rng),
        _drawn(everything > 0, user, rng),
    )
    place = (rng.random(len(user)) * sizes[category]).astype(np.int64)
    return np.asarray(starts[category] + place, dtype=np.int64)


def _drawn(allowed: npt.NDArray[np.bool_], user: Index, rng: np.random.Generator) -> Index:
    """One allowed category per row, all alike."""
    chances = np.cumsum(allowed / allowed.sum(axis=1, keepdims=True), axis=1)
    point = rng.random(len(user))[:, None]
    return np.asarray(np.minimum((chances[user] < point).sum(axis=1), allowed.shape[1] - 1), dtype=np.int64)


def _languages(shelf: Shelf) -> Index:
    """0 or 1 for each category: the language of its notes."""
    first = [next(n for n in shelf.notes if n.category[0] == name) for name in shelf.categories]
    return np.array([int(note.language == "en") for note in first], dtype=np.int64)


def _open_chance(
    people: People, shelf: Shelf, user: Index, note: Index, table: Mapping[str, npt.NDArray[np.bool_]],
    habits: Habits,
) -> npt.NDArray[np.float64]:  # fmt: skip
    chance = people.likes[user, shelf.category[note]]
    factor = 1 - habits.vague_loss * table["vague"] + habits.practical_gain * table["practical"]
    return np.asarray(np.minimum(1.0, chance * (factor + habits.interactive_gain * table["interactive"])))


def _click_chance(
    people: People, user: Index, fit: npt.NDArray[np.float64], habits: Habits
) -> npt.NDArray[np.float64]:
    good = np.clip((fit - habits.fit_from) / (1 - habits.fit_from), 0, 1)
    return np.minimum(1.0, (habits.stray + habits.clicks * good) * people.readiness[user])


def _ratings(
    table: Mapping[str, npt.NDArray[np.bool_]], rated: npt.NDArray[np.bool_], habits: Habits,
    rng: np.random.Generator,
) -> list[pl.Series]:  # fmt: skip
    columns = []
    for name in ("vague", "practical", "authentic", "interactive"):
        said = table[name] ^ (rng.random(len(rated)) < habits.rater_error)
        columns.append(
            pl.Series(name, np.where(rated, said.astype(float), np.nan)).fill_nan(None).cast(pl.Boolean)
        )
    return columns
