"""The shape of a log: who did what with which thing, in turn."""

from __future__ import annotations

from typing import Any

from redone.sources.ingest.guess.drafter import Drafter
from redone.sources.ingest.guess.profile import Column
from redone.sources.ingest.guess.roles import Guess, guess


def behaviour(drafter: Drafter) -> bool:
    """Rows of a user and a thing: which thing comes next is asked."""
    author = drafter.roles.get("author")
    item = guess("item", drafter.columns, drafter.taken - {drafter.name("parent")})
    named = next((c for c in drafter.columns.values() if c.name not in drafter.taken and _is_name(c)), None)
    shown = Guess(named, False, "what the items are called") if named is not None else item
    if author is None or shown is None:
        return False
    drafter.take("item", shown)
    drafter.take("author", author)
    step: dict[str, Any] = {"do": "group", "by": ["author"], "collect": {"items": "item"}, "keep": 6}
    if "time" in drafter.roles:
        drafter.take("time", drafter.roles["time"])
        step["order"] = "time"
    drafter.file.prepare.append(step)
    drafter.choice(
        "next_item", "behaviour", "next", shown.column.chinese, "next", "",
        prepare=[{"do": "last", "column": "items", "into": "next", "rest": "seen", "keep": 4}],
        where={"items": {"min_length": 3}},
    )  # fmt: skip
    drafter.split_by = "author"
    return True


def _is_name(column: Column) -> bool:
    return column.kind == "text" and column.distinct > 20 and 3 <= column.length <= 60
