"""The exposure log: one Parquet file, one row for each time a unit was exposed to its arm.

Rows with ``phase`` ``before`` come from the time before the experiment, when nobody was treated; they serve
to reduce variance (CUPED) and to plan. Columns that do not apply to a row are null. Further columns are
kept; a design may measure them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from redone.errors import UserError


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the log: its type, whether it must be there without nulls, and what it means."""

    name: str
    kind: str
    required: bool
    meaning: str


COLUMNS = (
    Column("unit", "string", True, "whom the arm was drawn for: a user's id"),
    Column("arm", "string", True, "the arm the unit was served; before the start the arm it will be in"),
    Column("day", "date", True, "the calendar day of the exposure"),
    Column("phase", "string", True, "'before' the start or 'during' the experiment"),
    Column("surface", "string", False, "where it was shown: feed, search, title"),
    Column("item", "string", False, "the note"),
    Column("withheld", "bool", False, "the application kept the note from being shown"),
    Column("harmful", "bool", False, "the note breaks the policy, by audit and not by the model under test"),
    Column("clicked", "bool", False, "the page of suggested searches after the note got a click"),
    Column("vague", "bool", False, "raters: the title says nothing definite"),
    Column("practical", "bool", False, "raters: the title tells something of use"),
    Column("authentic", "bool", False, "raters: the title sounds like its writer and promises no more"),
    Column("interactive", "bool", False, "raters: the title invites an answer"),
    Column("value", "number", False, "advertiser value of the exposure, in the platform's own unit"),
)
_LARGEST = 1e100
"""Variances square values and sum the squares."""
PHASES = ("before", "during")
_TYPES = {"string": pl.String, "bool": pl.Boolean, "date": pl.Date, "number": pl.Float64}


def read_log(path: Path, measured: Sequence[str] = ()) -> pl.DataFrame:
    """Read and check a log; ``measured`` are the columns that the metrics need beside the required ones.

    Raises:
        UserError: the file is absent or no Parquet, a column is absent or of another type, a row has a null
        or an impossible value; the message names column and row (from 0) and what to do.

    """
    try:
        frame = pl.read_parquet(path)
    except FileNotFoundError as error:
        raise UserError(f"{path} does not exist: give the exposure log (Parquet)") from error
    except (OSError, pl.exceptions.PolarsError) as error:
        raise UserError(f"{path} cannot be read as Parquet: {str(error)[:200]}") from error
    return check_log(frame, str(path), measured)


def check_log(frame: pl.DataFrame, source: str, measured: Sequence[str] = ()) -> pl.DataFrame:
    """Check a log that is in memory and bring its known columns to their types.

    Raises:
        UserError: as ``read_log``.

    """
    if frame.height == 0:
        raise UserError(f"{source} has no rows: there is nothing to analyse")
    known = {column.name: column for column in COLUMNS}
    needed = [column.name for column in COLUMNS if column.required]
    for name in dict.fromkeys([*needed, *measured]):
        if name not in frame.columns:
            raise UserError(
                f"{source}: column {name!r} is missing; it has {', '.join(frame.columns[:20])}. "
                f"Meaning: {known[name].meaning if name in known else 'a column that the design measures'}"
            )
    for name in frame.columns:
        if name in known:
            frame = _typed(frame, known[name], source)
        elif name in measured and not (frame[name].dtype.is_numeric() or frame[name].dtype == pl.Boolean):
            raise UserError(f"{source}: column {name!r} holds {frame[name].dtype}: give numbers or booleans")
    for name in measured:
        _finite(frame, name, source)
    _refuse(frame, ~pl.col("phase").is_in(PHASES), "phase", source, "write 'before' or 'during'")
    for name in ("unit", "arm"):
        _refuse(frame, pl.col(name).str.len_bytes() == 0, name, source, "an empty text is no id")
    return frame


def _typed(frame: pl.DataFrame, column: Column, source: str) -> pl.DataFrame:
    wanted = _TYPES[column.kind]
    series = frame[column.name]
    allowed = series.dtype == wanted or series.dtype == pl.Null
    if column.kind == "number" and series.dtype.is_numeric():
        series, allowed = series.cast(pl.Float64), True
    if column.kind == "string" and series.dtype in (pl.Categorical, pl.Enum):
        series, allowed = series.cast(pl.String), True
    if not allowed:
        raise UserError(
            f"{source}: column {column.name!r} holds {series.dtype}, not {column.kind} ({column.meaning})"
        )
    if column.required:
        _refuse(frame, pl.col(column.name).is_null(), column.name, source, "every row needs it")
    return frame.with_columns(series.cast(wanted))


def _finite(frame: pl.DataFrame, name: str, source: str) -> None:
    if frame[name].dtype.is_float():
        bad = pl.col(name).is_nan() | pl.col(name).is_infinite()
        _refuse(frame, bad, name, source, "write null where the value is unknown; unknown is not zero")
        _refuse(
            frame, pl.col(name).abs() > _LARGEST, name, source, "too large to be squared; use a larger unit"
        )


def _refuse(frame: pl.DataFrame, wrong: pl.Expr, name: str, source: str, fix: str) -> None:
    """Name the first row that is wrong, and how many are."""
    rows = frame.select(wrong.fill_null(False).arg_true().alias("row"))["row"]
    if rows.len():
        first = int(rows[0])
        raise UserError(
            f"{source}: row {first}: column {name!r} is {frame[name][first]!r} ({rows.len()} such rows): {fix}"
        )


def write_log(path: Path, frame: pl.DataFrame) -> None:
    """Check a log and write it, whole or not at all.

    Raises:
        UserError: as ``read_log``.

    """
    part = path.with_name(path.name + ".partial")
    check_log(frame, str(path)).write_parquet(part)
    part.replace(path)
