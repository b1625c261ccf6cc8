"""The simulated users as arrays: what they like, how often they come, how readily they click."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from redone.records import Note
from redone.sources.simulator import World
from redone.sources.simulator.people import make_user

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

_OPENS_BY_RANK = (0.95, 0.8, 0.6)


@dataclass(frozen=True, slots=True)
class People:
    """Users by row. ``likes`` (users, categories) is the chance to open a note of a category (0: not theirs).

    ``visits`` is the mean number of visits a day; ``readiness`` multiplies the chance of a click. Both stay
    with the user, which is what a history from before the start can explain.
    """

    ids: Sequence[str]
    likes: Array
    visits: Array
    readiness: Array


def make_people(world: World, count: int, categories: Sequence[str], rng: np.random.Generator) -> People:
    """``count`` users of the world's test split, with habits drawn beside it; ``categories`` in either language."""
    users = [make_user(world, "test", number) for number in range(count)]
    likes = np.full((count, len(categories)), world.settings.off_interest)
    for row, user in enumerate(users):
        for rank, interest in enumerate(user.interests):
            if interest in categories:
                likes[row, categories.index(interest)] = _OPENS_BY_RANK[min(rank, len(_OPENS_BY_RANK) - 1)]
    return People(
        ids=[user.id for user in users],
        likes=likes,
        visits=rng.gamma(1.5, 0.4, count),
        readiness=rng.gamma(6.0, 1 / 6.0, count),
    )


@dataclass(frozen=True, slots=True)
class Shelf:
    """The notes as arrays: ``category`` indexes the (language-bound) category names, ``harmful`` is the truth."""

    notes: Sequence[Note]
    categories: Sequence[str]
    category: Index
    harmful: npt.NDArray[np.bool_]


def make_shelf(notes: Sequence[Note]) -> Shelf:
    """Sort the notes by category, so that a category is a range."""
    ordered = sorted(notes, key=lambda note: (note.category[0], note.id))
    categories = list(dict.fromkeys(note.category[0] for note in ordered))
    return Shelf(
        notes=ordered,
        categories=categories,
        category=np.array([categories.index(note.category[0]) for note in ordered], dtype=np.int64),
        harmful=np.array([note.labels["harm"] != "none" for note in ordered]),
    )
