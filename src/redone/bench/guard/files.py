"""Searching training files, and what is said of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from redone.bench.guard.index import Guard, Hit
from redone.bench.guard.reading import Piece, read_pieces
from redone.errors import UserError

_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardReport:
    """What was searched, and what was found."""

    rows: int
    texts: int
    hits: tuple[Hit, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON can hold it."""
        return {"schema": 1, "kinds": dict(Counter(hit.kind for hit in self.hits)), **asdict(self)}


def check_files(index: Guard, paths: Sequence[Path]) -> GuardReport:
    """Search files; every string of a row is looked at, whatever its column.

    Raises:
        UserError: a file cannot be read, or is not what its ending says.

    """
    rows, hits = 0, list[Hit]()
    for path in paths:
        before: dict[tuple[str, int], int] = {}
        for piece in read_pieces(path):
            rows += piece.fresh
            known = before if piece.fresh < len(piece.parts) else {}
            before = {}
            for hit in index.check(piece.text, f"{path}, {piece.place}"):
                item = hit.file, hit.index
                # What two overlapping pieces have is one hit, the one of the piece that has more of it.
                at = before[item] = known.get(item, len(hits))
                if at == len(hits):
                    hits.append(_placed(index, hit, piece, path))
                elif hit.rank < hits[at].rank:
                    hits[at] = _placed(index, hit, piece, path)
    return GuardReport(rows=rows, texts=len(index.texts), hits=tuple(hits))


def _placed(index: Guard, hit: Hit, piece: Piece, path: Path) -> Hit:
    """The hit with the one line that it stands in, if it is one."""
    for number, part in piece.parts if len(piece.parts) > 1 else ():
        place = f"{path}, {piece.unit} {number}"
        for alone in index.check(part, place):
            if (alone.kind, alone.file, alone.index) == (hit.kind, hit.file, hit.index):
                return alone
    return hit


def refuse(report: GuardReport) -> None:
    """Nothing, if there is no hit.

    Raises:
        UserError: there is; training on it would make every benchmark score worthless.

    """
    if report.hits:
        items = {(hit.file, hit.index) for hit in report.hits}
        raise UserError(
            f"{len(items)} benchmark items stand in the training data (first: {report.hits[0].place}); "
            "remove these rows"
        )


def render_hits(report: GuardReport) -> str:
    """Return the report as text."""
    lines = [f"{report.rows} rows searched for {report.texts} benchmark texts: {len(report.hits)} hits"]
    for hit in report.hits[:_SHOWN]:
        lines.append(f"{hit.kind:<12}{hit.file} {hit.index} ({hit.share:.0%}) in {hit.place}: {hit.excerpt}")
    if len(report.hits) > _SHOWN:
        lines.append(f"... and {len(report.hits) - _SHOWN} more")
    return "\n".join(lines)
