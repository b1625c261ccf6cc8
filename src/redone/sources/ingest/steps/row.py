"""Steps that look at one row: each takes a row and gives it back with further columns."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from redone.sources.ingest.faults import STEP, Row, RowFault, as_number
from redone.sources.ingest.steps import models
from redone.sources.ingest.steps.offsets import pieces_of
from redone.sources.ingest.steps.shape import AnyShape, apply_shape

_HAN = "\u2e80-\u303f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef"
_BESIDE_HAN = re.compile(f"(?<=[{_HAN}]) +| +(?=[{_HAN}])")
_BEFORE = re.compile(r" +(?=[.,!?;:%)\]}]|'(?:s|t|m|d|re|ve|ll)\b|n't\b)")
_AFTER = re.compile(r"(?<=[(\[{$#]) +")
_INSIDE, _CLOSED = frozenset("IMEL"), frozenset("ELSU")
"""First letters of tags (BIO, BMES, BIOES, BILOU) that go on with an entity, and that end one."""
_APOSTROPHE = re.compile(r"(\w) ?' ?(s|t|m|d|re|ve|ll)\b")


def apply_row(step: models.AnyRowStep, row: Row) -> Row:
    """The row after one step.

    Raises:
        RowFault: a column is missing, of another type, or does not fit the step.

    """
    if isinstance(step, AnyShape):
        return apply_shape(step, row)
    return _WORK[type(step)](step, row)


def _join(step: models.Join, row: Row) -> Row:
    return row.having(**{step.into: step.by.join(row.texts(step.column))})


def _split(step: models.SplitText, row: Row) -> Row:
    pieces = (piece.strip() for piece in row.text(step.column).split(step.at))
    return row.having(**{step.into: [piece for piece in pieces if piece]})


def _cut(step: models.Cut, row: Row) -> Row:
    return row.having(**{step.into or step.column: shorten(row.text(step.column), step.characters)})


def shorten(text: str, characters: int) -> str:
    """At most so many characters; a cut text ends at a space where one is near, and with ``...``."""
    if len(text) <= characters:
        return text
    short = text[: max(characters - 3, 1)]
    at = short.rfind(" ")
    return (short[:at] if at > len(short) // 2 else short).rstrip() + "..."


def _replace(step: models.Replace, row: Row) -> Row:
    return row.having(**{step.into or step.column: row.text(step.column).replace(step.find, step.by)})


def _compact(step: models.Compact, row: Row) -> Row:
    def one(text: str) -> str:
        return text.replace(" ", "") if step.spaces == "every" else _BESIDE_HAN.sub("", text)

    value = row.take(step.column)
    done: Any = (
        [one(t) for t in row.texts(step.column)] if isinstance(value, list) else one(row.text(step.column))
    )
    return row.having(**{step.into or step.column: done})


def _detokenise(step: models.Detokenise, row: Row) -> Row:
    text = _APOSTROPHE.sub(r"\1'\2", row.text(step.column))
    return row.having(**{step.into or step.column: _AFTER.sub("", _BEFORE.sub("", text))})


def _bins(step: models.Bins, row: Row) -> Row:
    if len(step.names) != len(step.edges) + 1:
        raise RowFault(STEP, f"bins: {len(step.edges)} edges need {len(step.edges) + 1} names")
    value = as_number(row.take(step.column), step.column)
    return row.having(**{step.into: step.names[sum(value >= edge for edge in step.edges)]})


def _entities(step: models.Entities, row: Row) -> Row:
    tokens, tags = row.texts(step.tokens), row.texts(step.tags)
    if step.names:
        tags = [_tag_name(step.names, tag) for tag in tags]
    if len(tokens) != len(tags):
        raise RowFault(STEP, f"entities: {len(tokens)} tokens, {len(tags)} tags")
    found: list[tuple[str, list[str]]] = []
    inside = ""
    for token, tag in zip(tokens, tags, strict=True):
        start, _, kind = tag.partition("-")
        if start in _INSIDE and kind == inside:
            found[-1][1].append(token)
        elif kind:
            found.append((kind, [token]))
        # E and L close an entity, S and U are one by themselves: what follows begins another.
        inside = "" if start in _CLOSED else kind
    named = [
        (step.kinds.get(k, k), step.glue.join(words))
        for k, words in found
        if k in step.kinds or not step.kinds
    ]
    texts = [f"{text} = {kind}" if step.typed else text for kind, text in named]
    return row.having(**{step.into: list(dict.fromkeys(texts))})


def _tag_name(names: tuple[str, ...], tag: str) -> str:
    if not tag.isdigit() or int(tag) >= len(names):
        raise RowFault(STEP, f"entities: tag {tag!r:.20} is no number below {len(names)}, which names has")
    return names[int(tag)]


def _spans(step: models.Spans, row: Row) -> Row:
    text = row.text(step.text)
    found = pieces_of(row.get(step.offsets), step.offsets)
    if any(not 0 <= start < end <= len(text) for start, end, _ in found):
        raise RowFault(STEP, f"spans: an offset lies outside the text of {len(text)} characters")
    pieces = []
    for start, end, kind in found:
        piece = text[start:end].strip()
        if not piece or (step.kinds and kind not in step.kinds):
            continue
        pieces.append(f"{piece} = {step.kinds.get(kind, kind)}" if step.typed else piece)
    return row.having(**{step.into: list(dict.fromkeys(pieces))})


def _last(step: models.Last, row: Row) -> Row:
    items = row.texts(step.column)
    if len(items) < 2:
        raise RowFault(STEP, f"last: column '{step.column}' has {len(items)} items, two are needed")
    before = items[:-1]
    if step.speakers:
        # Counted back from the answer, so that the answering speaker is always the same one.
        names = [step.speakers[-(i % len(step.speakers)) - 1] for i in range(1, len(before) + 1)][::-1]
        before = [f"{name}: {text}" for name, text in zip(names, before, strict=True)]
    return row.having(**{step.into: items[-1], step.rest: step.glue.join(before[-step.keep :])})


def _partition(step: models.Partition, row: Row) -> Row:
    items, other = list(dict.fromkeys(row.texts(step.column))), set(row.texts(step.by))
    inside = [item for item in items if item in other]
    return row.having(**{step.inside: inside, step.outside: [item for item in items if item not in other]})


def _first(step: models.First, row: Row) -> Row:
    items = row.texts(step.column)
    if not items:
        raise RowFault(STEP, f"first: column '{step.column}' is an empty list")
    return row.having(**{step.into: items[0]})


_WORK: dict[type, Callable[[Any, Row], Row]] = {
    models.Join: _join,
    models.SplitText: _split,
    models.Cut: _cut,
    models.Replace: _replace,
    models.Compact: _compact,
    models.Detokenise: _detokenise,
    models.Bins: _bins,
    models.Entities: _entities,
    models.Spans: _spans,
    models.Last: _last,
    models.Partition: _partition,
    models.First: _first,
}
