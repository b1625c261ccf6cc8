"""Character offsets as data sets write them, in one form."""

from __future__ import annotations

from typing import Any

from redone.sources.ingest.faults import MIXED, RowFault

Piece = tuple[int, int, str]
"""Start, exclusive end, kind (empty where the file names none)."""


def pieces_of(offsets: Any, column: str) -> list[Piece]:
    """The pieces that single positions, pairs or objects mean, in the order given.

    Raises:
        RowFault: the value is none of these.

    """
    if not isinstance(offsets, list):
        raise RowFault(MIXED, f"column '{column}' is no list of offsets")
    if all(isinstance(at, int) and not isinstance(at, bool) for at in offsets):
        return _joined(offsets)
    return [_piece(item, column) for item in offsets]


def _joined(positions: list[int]) -> list[Piece]:
    pieces: list[Piece] = []
    for at in sorted(set(positions)):
        if pieces and pieces[-1][1] == at:
            pieces[-1] = (pieces[-1][0], at + 1, "")
        else:
            pieces.append((at, at + 1, ""))
    return pieces


def _piece(item: Any, column: str) -> Piece:
    if isinstance(item, dict):
        kind = item.get("label", item.get("kind", item.get("type", "")))
        item = [item.get("start"), item.get("end"), kind]
    if (
        isinstance(item, list)
        and len(item) >= 2
        and all(isinstance(at, int) and not isinstance(at, bool) for at in item[:2])
    ):
        return item[0], item[1], str(item[2]) if len(item) > 2 and item[2] is not None else ""
    raise RowFault(MIXED, f"column '{column}': an offset is {item!r:.40}, not a whole number or [start, end]")
