"""The work of the steps that bring nested or badly cut columns into shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from redone.sources.ingest.faults import MISSING, MIXED, STEP, Row, RowFault, as_word, kind_of
from redone.sources.ingest.steps import shape_models as models
from redone.sources.ingest.template import fields, fill

AnyShape = models.Take | models.Json | models.Part | models.Compose | models.Pick | models.Turns


def apply_shape(step: AnyShape, row: Row) -> Row:
    """The row after one step.

    Raises:
        RowFault: a column is missing, of another type, or does not fit the step.

    """
    match step:
        case models.Take():
            value = row.get(step.column)
            empty = value is None or value == ""
            return row.having(**{step.into: step.default if empty else value})
        case models.Json():
            return row.having(**{step.into or step.column: _parsed(row.text(step.column), step.column)})
        case models.Part():
            return row.having(**{step.into: _part(step, row)})
        case models.Compose():
            words = {name: _said(row, name) for name in fields(step.text)}
            return row.having(**{step.into: fill(step.text, words).strip()})
        case models.Pick():
            return row.having(**{step.into: [_key(item, step.key, step) for item in _picked(step, row)]})
        case models.Turns():
            return _turns(step, row)


def unfold(step: models.Unfold, row: Row) -> Iterator[Row]:
    """One row per item of the list.

    Raises:
        RowFault: the column holds no list.

    """
    for number, item in enumerate(_items(row, step.column)):
        # The item is part of the name, so that examples of one line have names of their own.
        yield Row(f"{row.file}[{number}]", row.line, {**row.values, step.into: item})


def _parsed(text: str, column: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise RowFault(STEP, f"json: column '{column}' holds {text!r:.40}, which is no JSON") from None


def _part(step: models.Part, row: Row) -> str:
    pieces = row.text(step.column).split(step.at, step.most or -1)
    if not -len(pieces) <= step.number < len(pieces):
        raise RowFault(STEP, f"part: column '{step.column}' has {len(pieces)} pieces at {step.at!r}")
    return pieces[step.number].strip()


def _said(row: Row, name: str) -> str:
    value = row.get(name)
    return "" if value is None else as_word(value, name)


def _items(row: Row, column: str) -> list[Any]:
    value = row.get(column)
    if not isinstance(value, list):
        row.take(column)
        raise RowFault(MIXED, f"column '{column}' holds {kind_of(value)}, a list is expected")
    return value


def _key(item: Any, key: str, step: models.Pick | models.Turns) -> str:
    value = Row("", 0, item).get(key) if isinstance(item, dict) else None
    if value is None:
        there = ", ".join(item) if isinstance(item, dict) else kind_of(item)
        raise RowFault(MISSING, f"{step.do}: an item of '{step.column}' has no '{key}'; it has {there:.80}")
    return as_word(value, f"{step.column}.{key}")


def _picked(step: models.Pick, row: Row) -> list[Any]:
    return [
        item
        for item in _items(row, step.column)
        if all(_key(item, key, step) == value for key, value in step.only.items())
    ]


def _turns(step: models.Turns, row: Row) -> Row:
    turns = [(_key(t, step.speaker, step), _key(t, step.text, step)) for t in _items(row, step.column)]
    while step.by and turns and turns[-1][0] != step.by:
        turns.pop()
    if len(turns) < 2:
        whom = f" up to one by {step.by!r}" if step.by else ""
        raise RowFault(STEP, f"turns: column '{step.column}' has {len(turns)} turns{whom}, two are needed")
    named = [(step.names.get(who, who), text) for who, text in turns]
    before = [f"{who}: {text}" for who, text in named[:-1]]
    who, text = named[-1]
    more = {step.who: who} if step.who else {}
    return row.having(**{step.into: text, step.rest: "\n".join(before[-step.keep :]), **more})
