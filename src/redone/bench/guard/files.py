"""Searching training files of any size, row by row."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from redone.bench.guard.index import Guard, Hit, strings
from redone.bench.reading import decode, json_value, read_bytes
from redone.errors import UserError

_BATCH = 1024
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
        UserError: a file cannot be read, or a row is not what its file's ending says.

    """
    rows, hits = 0, []
    for path in paths:
        for place, text in _texts(path):
            rows += 1
            hits += index.check(text, f"{path}, {place}")
    return GuardReport(rows=rows, texts=len(index.texts), hits=tuple(hits))


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


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    name = path.name.removesuffix(".gz")
    if name.endswith(".parquet"):
        yield from _parquet(path)
    elif name.endswith(".json"):
        value = json_value(decode(read_bytes(path), path), path)
        for at, row in enumerate(value if isinstance(value, list) else [value]):
            yield f"row {at}", "\n".join(strings(row))
    else:
        yield from _lines(path, rows=name.endswith((".jsonl", ".ndjson")))


def _lines(path: Path, *, rows: bool) -> Iterator[tuple[str, str]]:
    for at, line in enumerate(_open_lines(path), start=1):
        if not line.strip():
            continue
        # A damaged row could hide an item just as well: its bytes are searched as text.
        text = line.decode("utf-8", "replace")
        if rows:
            with suppress(ValueError, RecursionError):
                text = "\n".join(strings(json.loads(text)))
        yield f"line {at}", text


def _open_lines(path: Path) -> Iterator[bytes]:
    if path.suffix == ".gz":
        yield from read_bytes(path).split(b"\n")
        return
    try:
        with path.open("rb") as stream:
            yield from stream
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error


def _parquet(path: Path) -> Iterator[tuple[str, str]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        at = 0
        for batch in pq.ParquetFile(path).iter_batches(batch_size=_BATCH):
            for row in batch.to_pylist():
                yield f"row {at}", "\n".join(strings(row))
                at += 1
    except (OSError, pa.ArrowException) as error:
        raise UserError(f"{path}: cannot be read as Parquet ({error})") from error
