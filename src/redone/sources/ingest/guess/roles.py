"""Which column plays which part, by its name and by what it holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from redone.sources.ingest.guess.names import plain, rank
from redone.sources.ingest.guess.profile import Column

MOST_LABELS = 30
"""More different values than this are no labels to choose from in one prompt."""
_CODE = re.compile(r"(^|_)(id|ids|url|link|code|hash|flag|version|count|counts|num|shares|reposts)$|^is_|数$")
"""Names of columns that are no questions for a reader."""
MOST_TASKS = 3
"""At most so many label columns of one set are made tasks."""
LONG = 12.0
"""Mean characters from which a text is written by people rather than a code or a name (zh counts double)."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A column for a role. ``why`` is said in the mapping file; what is not ``sure`` is to be looked at."""

    column: Column
    sure: bool
    why: str


Columns = Mapping[str, Column]
Fits = Callable[[Column], bool]


def is_text(column: Column) -> bool:
    """Text that people wrote: long, and hardly ever the same."""
    length = column.length * (2 if column.chinese else 1)
    return column.kind == "text" and length >= LONG and column.distinct > 0.3 * column.filled


def is_label(column: Column) -> bool:
    """Few short values that come again and again."""
    few = 2 <= column.distinct <= min(MOST_LABELS, max(3, column.filled // 4))
    return column.kind in ("text", "number", "truth") and few and column.length <= 40


def is_short(column: Column) -> bool:
    """Ids, names, codes, times."""
    return column.kind in ("text", "number") and column.length <= 80


FITS: Mapping[str, Fits] = {
    "id": lambda c: is_short(c) and c.unique,
    "author": lambda c: is_short(c) and not c.unique,
    "group": is_short,
    "time": lambda c: is_short(c) and c.distinct > 0.1 * c.filled,
    "parent": is_short,
    "likes": lambda c: c.kind == "number",
    "language": lambda c: is_label(c) or c.distinct == 1,
    "licence": lambda c: is_short(c) and c.distinct <= MOST_LABELS,
    "split": lambda c: is_label(c) and all(v.lower().startswith(("train", "dev", "val", "test")) for v in c.values),
    "title": lambda c: c.kind == "text" and c.distinct > 0.3 * c.filled,
    "hashtags": lambda c: c.kind == "texts" or (c.kind == "text" and separator_of(c) != ""),
    "first": lambda c: c.kind == "text" and c.distinct > 0.1 * c.filled and c.length > 4,
    "second": lambda c: c.kind == "text" and c.distinct > 0.1 * c.filled and c.length > 1,
    "zh": lambda c: c.kind == "text" and c.chinese and is_text(c),
    "en": lambda c: c.kind == "text" and not c.chinese and is_text(c),
    "tokens": lambda c: c.kind == "texts",
    "tags": lambda c: c.kind in ("texts", "numbers") and c.distinct <= 80,
    "spans": lambda c: c.kind in ("numbers", "lists", "objects"),
    "item": is_short,
    "query": lambda c: c.kind == "text" and c.length <= 60,
    "action": is_label,
}  # fmt: skip


def separator_of(column: Column) -> str:
    """What stands between the items of a joined list in most values; empty: nothing does."""
    for mark in (";", "|", ",", "，", "、", "#", " "):
        inside = sum(count for value, count in column.values.items() if mark in value.strip(mark))
        if inside >= 0.3 * column.filled and (mark != " " or column.length < 40):
            return mark
    return ""


def guess(role: str, columns: Columns, taken: set[str]) -> Guess | None:
    """The column that fits a role best: by name, of those whose content allows it."""
    fits = FITS[role]
    named = [(place, c) for c in columns.values() if (place := rank(c.name, role)) is not None]
    usable = [(place, c) for place, c in named if c.name not in taken and c.filled and fits(c)]
    if not usable:
        return None
    found = min(usable, key=lambda pair: pair[0])[1]
    return Guess(found, True, "by name")


def guess_text(columns: Columns, taken: set[str]) -> Guess | None:
    """The main text: the longest of those with a usual name, else the longest that people wrote."""
    free = [c for c in columns.values() if c.name not in taken and c.kind == "text"]
    free = [c for c in free if 2 * c.filled >= c.rows]
    named = [
        c for c in free if rank(c.name, "text") is not None and c.distinct > 0.1 * c.filled and c.length > 4
    ]
    if named:
        return Guess(max(named, key=lambda c: c.filled * c.length), True, "by name")
    written = sorted((c for c in free if is_text(c)), key=lambda c: c.length, reverse=True)
    if not written:
        return None
    others = ", ".join(c.name for c in written[1:4])
    return Guess(
        written[0], not others, "the longest text" + (f"; it could also be {others}" if others else "")
    )


def guess_labels(columns: Columns, taken: set[str]) -> list[Guess]:
    """Columns with few values, those with a usual name first; one that merely repeats another is left out."""
    free = [c for c in columns.values() if c.name not in taken and is_label(c) and c.filled > 0.3 * c.rows]
    found = [c for c in free if rank(c.name, "label") is not None or not _CODE.search(plain(c.name))]
    found.sort(key=lambda c: (rank(c.name, "label") is None, rank(c.name, "label") or 0))
    kept: list[Column] = []
    for column in found:
        if not any(_same(column, other) for other in kept):
            kept.append(column)
    return [
        Guess(c, rank(c.name, "label") is not None, f"{c.distinct} different values in {c.filled} rows")
        for c in kept[:MOST_TASKS]
    ]


def _same(one: Column, other: Column) -> bool:
    """Whether two columns say the same in numbers and in words: their counts agree, value by value."""
    return sorted(one.values.values()) == sorted(other.values.values()) and one.filled > 20
