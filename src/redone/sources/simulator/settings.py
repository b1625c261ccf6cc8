"""The size and habits of a simulated platform. Shares are probabilities in 0..1."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Literal, get_args

from redone.errors import UserError
from redone.records.platform import Language
from redone.sources.simulator.chance import number

Style = Literal["notes", "forum"]

_LEAST = {"categories": 2, "roles": 4, "phrases": 4, "whens": 4, "block_users": 4}
"""What the four splits and a block of users need."""
_MAY_BE_ZERO = frozenset({"seed", "comments_per_note", "queries_per_user", "feed", "held_out"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldSettings:
    """One seed is one world: its own words, names, slang, policy, taxonomy and tastes.

    The lexicon sizes are drawn from the larger lexicon in ``data/`` and keep the vocabulary within what a
    byte-level BPE of 1,536 to 2,048 tokens covers. The defaults are our choice after a trial of the whole
    recipe on two cores: large enough to be learnt only in part by a 2 M-parameter model.
    """

    seed: int = 0
    style: Style = "notes"
    """``notes``: short posts of a few clauses. ``forum``: long posts in threads with several replies."""
    languages: tuple[Language, ...] = ("zh", "en")

    categories: int = 6
    subs: int = 3
    words: int = 6
    brands: int = 16
    places: int = 16
    products: int = 16
    positive: int = 5
    negative: int = 5
    neutral: int = 3
    markers: int = 2
    slang: int = 6
    """Concepts that have slang words; each has two, one after the other in time, in each language."""
    harms: int = 4
    roles: int = 12
    phrases: int = 8
    whens: int = 8
    """Times and companions that a note may name; with 8, every split has its own pairs of the two."""

    block_users: int = 64
    notes_per_user: int = 3
    comments_per_note: int = 2
    queries_per_user: int = 2
    feed: int = 8
    """Notes shown to each user in the feed."""

    sarcasm: float = 0.15
    slang_use: float = 0.2
    clickbait: float = 0.3
    harm: float = 0.25
    emoji: float = 0.35
    reply: float = 0.5
    off_interest: float = 0.06
    """How often somebody opens what is none of their interests: the noise of the log itself."""
    unseen_share: float = 0.4
    """Share of the test notes that are written with templates kept out of every other split."""
    held_out: int = 3
    """Body templates kept out of every split but test."""

    first_day: str = "2025-01-01"
    last_day: str = "2026-10-31"

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, float) and not 0.0 <= value <= 1.0:
                raise UserError(f"simulator.{field.name} is {value}: give a share from 0 to 1")
            least = _LEAST.get(field.name, 1)
            if field.name not in _MAY_BE_ZERO and isinstance(value, int) and value < least:
                raise UserError(f"simulator.{field.name} is {value}: give at least {least}")
        if self.style not in get_args(Style):
            raise UserError(f"simulator.style is {self.style!r}: choose from {', '.join(get_args(Style))}")
        if not self.languages or set(self.languages) - {"zh", "en"}:
            raise UserError(f"simulator.languages is {self.languages!r}: choose from 'zh' and 'en'")
        if not _day("first_day", self.first_day) < _day("last_day", self.last_day):
            raise UserError(f"simulator.first_day {self.first_day} is not before last_day {self.last_day}")

    @property
    def world_seed(self) -> int:
        """The seed of every draw: a forum of seed 3 is another world than the notes of seed 3."""
        return self.seed if self.style == "notes" else number(self.style, self.seed)


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UserError(f"simulator.{name} is {text!r}: write a date as 2026-03-01") from error
