"""Steps that look at several rows: joins, groups, what came before, pairs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from redone.errors import UserError
from redone.sources.ingest.faults import DANGLING, Row, RowFault, as_number
from redone.sources.ingest.readers import Reader
from redone.sources.ingest.steps import models
from redone.sources.ingest.steps.row import apply_row
from redone.sources.ingest.steps.shape import unfold
from redone.sources.ingest.steps.shape_models import Unfold
from redone.sources.ingest.template import fields, fill
from redone.sources.ingest.values import id_in, moment_in

Rows = Iterator[Row]


def apply_step(step: models.Step, rows: Rows, reader: Reader) -> Rows:
    """The rows after one step; a row that does not fit it goes to the quarantine.

    Raises:
        UserError: a table or a grouping outgrows the stated number of rows in memory.

    """
    if isinstance(step, models.Group):
        return _group(step, rows, reader)
    if isinstance(step, models.History):
        return _each(_History(step).work, rows, reader)
    if isinstance(step, models.Pair):
        return _pairs(step, rows, reader)
    if isinstance(step, models.Lookup):
        return _each(partial(_look_up, step, _table(step, reader)), rows, reader)
    if isinstance(step, Unfold):
        return _unfolded(step, rows, reader)
    return _each(partial(apply_row, step), rows, reader)


def _each(work: Callable[[Row], Row], rows: Rows, reader: Reader) -> Rows:
    for row in rows:
        try:
            yield work(row)
        except RowFault as fault:
            reader.quarantine.add(reader.scope, row, fault)


def _unfolded(step: Unfold, rows: Rows, reader: Reader) -> Rows:
    for row in rows:
        try:
            yield from unfold(step, row)
        except RowFault as fault:
            reader.quarantine.add(reader.scope, row, fault)


Table = dict[tuple[str, ...], list[dict[str, Any]]]


def _table(step: models.Lookup, reader: Reader) -> Table:
    table: Table = {}
    if step.reading is not None:
        reader = replace(reader, settings=replace(reader.settings, reading=step.reading))
    for count, row in enumerate(reader.rows(step.files)):
        _bounded(count, reader, f"lookup of '{step.files}'")
        try:
            key = tuple(id_in(row.text(column)) for column in step.key)
            values = {new: row.take(old) for new, old in step.take.items()}
        except RowFault as fault:
            reader.quarantine.add(reader.scope, row, fault)
            continue
        if step.many or key not in table:
            table.setdefault(key, []).append(values)
    return table


def _look_up(step: models.Lookup, table: Table, row: Row) -> Row:
    def value(column: str) -> str:
        held = row.take(column)
        return id_in(row.texts(column)[0] if isinstance(held, list) and held else row.text(column))

    key = tuple(value(column) for column in step.match)
    found = table.get(key, [])
    if step.many:
        return row.having(**{new: [values[new] for values in found] for new in step.take})
    if not found:
        raise RowFault(DANGLING, f"no row of '{step.files}' has {step.key} = {key}")
    return row.having(**found[0])


def _group(step: models.Group, rows: Rows, reader: Reader) -> Rows:
    groups: dict[tuple[str, ...], list[Row]] = {}
    for count, row in enumerate(rows):
        _bounded(count, reader, "group")
        try:
            key = tuple(row.text(column) for column in step.by)
            for column in step.collect.values():
                row.take(column)
            if step.order:
                _place(row, step.order)
        except RowFault as fault:
            reader.quarantine.add(reader.scope, row, fault)
            continue
        groups.setdefault(key, []).append(row)
    for key, members in groups.items():
        if step.order:
            members.sort(key=lambda r: _place(r, step.order))
        kept = members[-step.keep :] if step.keep else members
        lists = {new: [r.values[old] for r in kept] for new, old in step.collect.items()}
        yield Row(members[0].file, members[0].line, {**dict(zip(step.by, key, strict=True)), **lists})


def _place(row: Row, column: str) -> float:
    """Where a row stands in its group: its number, or its time."""
    value = row.take(column)
    moment = moment_in(value) if isinstance(value, str) else None
    return as_number(value, column) if moment is None else moment


class _History:
    """Remembers the lines of the current group."""

    def __init__(self, step: models.History) -> None:
        self.step = step
        self.group = ""
        self.lines: deque[str] = deque(maxlen=step.size)

    def work(self, row: Row) -> Row:
        group = row.text(self.step.by)
        if group != self.group:
            self.group = group
            self.lines.clear()
        line = fill(self.step.line, {name: row.text(name) for name in fields(self.step.line)})
        done = row.having(**{self.step.into: "\n".join(self.lines)})
        self.lines.append(line)
        return done


def _pairs(step: models.Pair, rows: Rows, reader: Reader) -> Rows:
    waiting: dict[str, Row] = {}
    for row in rows:
        try:
            group = row.text(step.by)
            size = as_number(row.take(step.order), step.order)
        except RowFault as fault:
            reader.quarantine.add(reader.scope, row, fault)
            continue
        first = waiting.pop(group, None)
        if first is None:
            waiting[group] = row
            continue
        other = as_number(first.values[step.order], step.order)
        if max(size, other) >= step.ratio * min(size, other) and size != other:
            sides = {f"a_{k}": v for k, v in first.values.items()} | {
                f"b_{k}": v for k, v in row.values.items()
            }
            yield Row(row.file, row.line, {**sides, step.by: group, "larger": "A" if other > size else "B"})


def _bounded(count: int, reader: Reader, what: str) -> None:
    if count >= reader.settings.max_lookup_rows:
        raise UserError(
            f"{reader.scope}: {what} holds more than {reader.settings.max_lookup_rows} rows in memory. "
            "Cut the file into parts or raise max_lookup_rows"
        )
