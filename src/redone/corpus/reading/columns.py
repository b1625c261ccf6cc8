"""From the user's columns, all read as text, to the columns of the corpus."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from redone.corpus.settings.reading import SourceMapping
from redone.corpus.step import COLUMNS
from redone.sources.ingest.values import moment_in, number_in

_ABSENT = ("", "n/a", "na", "nan", "null", "none", "-", "--", "无")
"""How tools and people write that there is no number."""
LINE = "_line"
"""Number of the row in its file, from 1."""


def used_columns(mapping: SourceMapping) -> list[str]:
    """The user's columns that are read, each once."""
    own = mapping.columns
    single = [own.id, own.language, own.created, own.author, own.kind, own.parent, own.likes, own.licence]
    return list(dict.fromkeys([*own.text, *(name for name in single if name), *own.carry]))


def to_table(raw: pl.DataFrame, mapping: SourceMapping, file: str) -> pl.DataFrame:
    """Return the corpus columns, the carried ones, and ``_line``; ``raw`` holds text columns and ``_line``.

    Ids and parents are prefixed with the source, so that sources cannot collide. Dates that cannot be read
    become null.
    """
    own = mapping.columns
    parts = [pl.col(name).replace("", None) for name in own.text]
    text = (
        parts[0]
        if len(parts) == 1
        else pl.concat_str(parts, separator="\n", ignore_nulls=True).replace("", None)
    )
    name = pl.lit(f"{mapping.source}/")
    number = pl.concat_str(name, pl.lit(f"{file}:"), pl.col(LINE).cast(pl.String))
    columns = {
        "id": pl.concat_str(name, _id(own.id)) if own.id else number,
        "source": pl.lit(mapping.source),
        "text": text,
        "language": _or(own.language, mapping.language),
        "created": created(raw[own.created]) if own.created else pl.lit(None, dtype=COLUMNS["created"]),
        "author": _or(own.author, None),
        "kind": _kind(mapping),
        "parent": pl.concat_str(name, _id(own.parent)) if own.parent else _or("", None),
        "likes": likes(raw[own.likes]) if own.likes else pl.lit(0, dtype=pl.Int64),
        "licence": _or(own.licence, mapping.licence),
    }
    carried = [pl.col(name) for name in own.carry if name not in columns]
    named = [expr.alias(column) for column, expr in columns.items()]
    return raw.select([*named, *carried, pl.col(LINE)])


def _or(column: str, value: str | None) -> pl.Expr:
    fixed = pl.lit(value, dtype=pl.String)
    return pl.col(column).replace("", None).fill_null(fixed) if column else fixed


def _id(column: str) -> pl.Expr:
    """Ids as their other tables have them: ``77.0`` is ``77``, which a tool took for a number."""
    return pl.col(column).replace("", None).str.replace(r"^(\d+)\.0+$", "${1}")


def _kind(mapping: SourceMapping) -> pl.Expr:
    if not mapping.columns.kind:
        return pl.lit(mapping.kind)
    mapped = pl.col(mapping.columns.kind).replace_strict(
        dict(mapping.kinds), default=None, return_dtype=pl.String
    )
    return mapped.fill_null(pl.lit(mapping.kind))


def likes(column: pl.Series) -> pl.Series:
    """A count written as ``12``, ``12.0``, ``1,200`` or ``1.2万``; null where it is none, 0 where it is absent."""
    absent = (column.is_null() | column.str.strip_chars().str.to_lowercase().is_in(_ABSENT)).fill_null(True)
    count = column.cast(pl.Int64, strict=False)
    count = _filled(count, column, count.is_null() & ~absent, _count)
    return pl.select(pl.when(absent).then(pl.lit(0, dtype=pl.Int64)).otherwise(count)).to_series()


def _count(text: str) -> int | None:
    number = number_in(text)
    return int(number) if number is not None and abs(number) < 1e15 else None


def created(column: pl.Series) -> pl.Series:
    """A time from ISO text, or from seconds or milliseconds since 1970, else as ``moment_in`` reads it."""
    if column.null_count() == len(column):
        return column.cast(pl.Datetime("us"))
    text = column.str.strip_chars()
    number = text.cast(pl.Float64, strict=False)
    micro = pl.when(number > 1e11).then(number * 1e3).otherwise(number * 1e6)
    sane = pl.when((number >= 1e8) & (number < 1e14)).then(micro).cast(pl.Int64, strict=False)
    whole = text.str.head(19).str.replace("T", " ", literal=True)
    forms = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M")
    read = [whole.str.to_datetime(form, strict=False, time_unit="us") for form in forms]
    days = [
        whole.str.to_date(form, strict=False).cast(pl.Datetime("us")) for form in ("%Y-%m-%d", "%Y/%m/%d")
    ]
    found = pl.select(pl.coalesce(*read, *days, sane.cast(pl.Datetime("us")))).to_series()
    left = found.is_null() & text.is_not_null() & (text != "")
    return _filled(found.cast(pl.Int64), text, left, _micro).cast(pl.Datetime("us"))


def _micro(text: str) -> int | None:
    moment = moment_in(text)
    return None if moment is None else int(moment * 1e6)


def _filled(
    values: pl.Series, texts: pl.Series, left: pl.Series, read: Callable[[str], int | None]
) -> pl.Series:
    """The values with those that are left read one by one, each different text once."""
    rows = left.fill_null(False).arg_true()
    if not len(rows):
        return values
    known = {text: read(text) for text in texts.gather(rows).unique()}
    return values.clone().scatter(rows, [known[text] for text in texts.gather(rows)])
