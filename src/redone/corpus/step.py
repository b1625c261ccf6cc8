"""What a shard step is: a table in, the rows that stay and the rows that go out, with counters.

The table's columns, beside whatever else the user's mapping carries through:

    id        str, unique          text      str
    source    str                  language  str or null
    created   datetime or null     author    str or null
    kind      note, comment, query or general
    parent    id of the note that a comment or query belongs to, or null
    likes     int                  licence   str
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

Kinds = ("note", "comment", "query", "general")

COLUMNS: Mapping[str, type[pl.DataType] | pl.DataType] = {
    "id": pl.String,
    "source": pl.String,
    "text": pl.String,
    "language": pl.String,
    "created": pl.Datetime("us"),
    "author": pl.String,
    "kind": pl.String,
    "parent": pl.String,
    "likes": pl.Int64,
    "licence": pl.String,
}
"""Name and type of the columns that every table has."""

DROPPED: Mapping[str, type[pl.DataType]] = {"id": pl.String, "reason": pl.String, "detail": pl.String}
"""Columns of ``StepResult.dropped``."""


@dataclass(frozen=True, slots=True)
class StepResult:
    """The rows that stay, the rows that go (id, reason, detail), and what was counted on the way.

    Counters are named ``step.thing`` (``pii.phone``); a change of a text is always counted.
    """

    kept: pl.DataFrame
    dropped: pl.DataFrame
    counters: Mapping[str, int] = field(default_factory=dict)


class ShardStep(Protocol):
    """A step that sees one shard at a time and needs no other shard."""

    @property
    def name(self) -> str:
        """The step's name in lineage, counters and settings."""
        ...

    def run(self, table: pl.DataFrame) -> StepResult:
        """Return what stays and what goes; rows are never lost between the two."""
        ...


def nothing_dropped() -> pl.DataFrame:
    """Return an empty table of dropped rows."""
    return pl.DataFrame(schema=DROPPED)


def split(table: pl.DataFrame, reason: pl.Series, detail: pl.Series | None = None) -> StepResult:
    """Return the rows without a reason as kept, the others as dropped.

    ``reason`` is null where a row stays; ``detail`` says what was seen. Counts every reason by its name.
    """
    if reason.null_count() == len(table):
        return StepResult(table, nothing_dropped())
    goes = reason.is_not_null()
    told = (
        detail
        if detail is not None
        else pl.Series("detail", [""], dtype=pl.String).new_from_index(0, len(table))
    )
    dropped = pl.DataFrame(
        {
            "id": table["id"].filter(goes),
            "reason": reason.filter(goes),
            "detail": told.filter(goes).fill_null(""),
        }
    ).cast(pl.Schema(DROPPED))
    counted = dropped["reason"].value_counts(sort=True)
    return StepResult(
        table.filter(~goes), dropped, {str(name): int(count) for name, count in counted.iter_rows()}
    )
