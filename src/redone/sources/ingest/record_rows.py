"""From a row to one platform record."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING as NO_DEFAULT
from dataclasses import fields as dataclass_fields
from datetime import UTC, datetime
from typing import Any

from redone.errors import UserError
from redone.records import Entity
from redone.sources.ingest.faults import (
    MISSING,
    MIXED,
    OTHER_LANGUAGE,
    UNKNOWN_LABEL,
    Row,
    RowFault,
    as_number,
)
from redone.sources.ingest.keys import nearest
from redone.sources.ingest.record_mapping import CLASSES, Column, RecordFile, RecordKind
from redone.sources.ingest.steps.row import shorten
from redone.sources.ingest.values import id_in, moment_in

_LISTS = frozenset({"interests", "hashtags", "category", "highlights", "references_zh", "references_en"})
_NUMBERS = frozenset({"likes", "position", "level"})
_ONE_OF: Mapping[str, tuple[str, ...]] = {
    "interactions.kind": ("view", "like", "collect", "search", "click"),
}
_LANGUAGES = {"zh": "zh", "cn": "zh", "chinese": "zh", "中文": "zh", "汉语": "zh"}
_LANGUAGES |= {"en": "en", "eng": "en", "english": "en", "英文": "en", "英语": "en"}
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_SKIPPED = frozenset({"labels", "template"})


def check_fields(mapping: RecordFile, where: str) -> None:
    """Whether every named field exists and every needed one is filled.

    Raises:
        UserError: names the field and the nearest right one.

    """
    for kind, spec in mapping.records.items():
        known = {f.name: f for f in dataclass_fields(CLASSES[kind]) if f.name not in _SKIPPED}
        for name in spec.fields:
            if name not in known:
                near = nearest(name, list(known)) or ", ".join(known)
                raise UserError(f"{where}: records.{kind}.fields.{name} is no field, did you mean '{near}'?")
        needed = {n for n, f in known.items() if f.default is NO_DEFAULT and f.default_factory is NO_DEFAULT}
        if mapping.language:
            needed.discard("language")
        if absent := sorted(needed - set(spec.fields)):
            raise UserError(f"{where}: records.{kind}.fields needs '{absent[0]}': name the column it is in")


def id_columns(mapping: RecordFile, kind: RecordKind) -> tuple[str, ...]:
    """The columns of a kind that hold ids."""
    spec = mapping.records[kind]
    return tuple(
        c.column for name, c in spec.fields.items() if c.column and (name == "id" or name.endswith("_id"))
    )


def id_column(mapping: RecordFile, kind: RecordKind) -> str:
    """The column of a kind's own id; empty for events, which have none."""
    column = mapping.records[kind].fields.get("id")
    return column.column if column else ""


def record(mapping: RecordFile, kind: RecordKind, row: Row) -> Any:
    """The record of a row.

    Raises:
        RowFault: a needed column is empty, or a value has another type or is none of the allowed ones.

    """
    spec = mapping.records[kind]
    values: dict[str, Any] = {}
    for field in dataclass_fields(CLASSES[kind]):
        column = spec.fields.get(field.name)
        if column is None:
            if field.name == "language" and mapping.language:
                values["language"] = mapping.language
            continue
        value = _value(field.name, kind, column, row)
        if value is not None:
            values[field.name] = value
        elif field.default is NO_DEFAULT and field.default_factory is NO_DEFAULT:
            row.take(column.column)
            raise RowFault(MISSING, f"field '{field.name}'")
    labels = {name: _value(name, kind, column, row) for name, column in spec.labels.items()}
    if labels:
        values["labels"] = {name: value for name, value in labels.items() if value is not None}
    return CLASSES[kind](**values)


def _value(name: str, kind: str, column: Column, row: Row) -> Any:
    """The field's value; None where the row has none."""
    raw = column.value or row.get(column.column)
    if raw is None or raw == "":
        if not column.default:
            return None
        raw = column.default
    source = Row(row.file, row.line, {column.column: raw})
    if name == "entities":
        return _entities(raw, column.column)
    if name in _LISTS:
        items = raw if isinstance(raw, list) else _cut(source.text(column.column), column.split)
        listed = Row(row.file, row.line, {column.column: items}).texts(column.column)
        return tuple(_mapped(column, item) for item in listed)
    text = _mapped(column, source.text(column.column))
    if name == "id" or name.endswith("_id"):
        return id_in(text)
    if name == "language":
        return _language(text)
    if name == "created":
        return _time(text)
    if column.characters:
        text = shorten(text, column.characters)
    if name in _NUMBERS:
        return int(as_number(text, column.column))
    allowed = _ONE_OF.get(name) or _ONE_OF.get(f"{kind}.{name}")
    if allowed and text not in allowed:
        raise RowFault(UNKNOWN_LABEL, f"{name} = {text!r:.30}, allowed: {', '.join(allowed)}")
    return text


def _language(text: str) -> str:
    """``zh`` or ``en`` of a language code (``zh-CN``, ``en_US``, ``Chinese``).

    Raises:
        RowFault: another language, which is a remark and not a fault of the data.

    """
    word = re.split(r"[-_ ]", text.strip().lower())[0]
    found = _LANGUAGES.get(word)
    if found is None:
        raise RowFault(OTHER_LANGUAGE, f"{text!r:.20}; tasks are in zh and en")
    return found


def _time(text: str) -> str:
    """ISO text of a time in another form; as it stands where it is none."""
    moment = None if _ISO.match(text) else moment_in(text)
    return text if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _cut(text: str, at: str) -> list[str]:
    return [piece.strip() for piece in text.split(at) if piece.strip()] if at else [text]


def _mapped(column: Column, text: str) -> str:
    if column.map and text not in column.map:
        raise RowFault(UNKNOWN_LABEL, f"column '{column.column}' = {text!r:.30} is not in its map")
    return column.map.get(text, text)


def _entities(raw: Any, column: str) -> tuple[Entity, ...]:
    """Entities from ``[{"kind": ..., "text": ...}]`` or ``[[kind, text]]``."""
    found = []
    for item in raw if isinstance(raw, list) else [raw]:
        pair = (item.get("kind"), item.get("text")) if isinstance(item, dict) else item
        if (
            not isinstance(pair, tuple | list)
            or len(pair) != 2
            or not all(isinstance(p, str) and p for p in pair)
        ):
            raise RowFault(MIXED, f"column '{column}': an entity is {{kind, text}} or [kind, text]")
        found.append(Entity(pair[0], pair[1]))
    return tuple(found)
