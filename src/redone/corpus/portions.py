"""The input in portions of bounded size, cut by bytes at line ends or by rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from redone.corpus.settings.recipe import CurationRecipe
from redone.corpus.step import COLUMNS


@dataclass(frozen=True, slots=True)
class Portion:
    """A part of a file: bytes of a JSONL file, rows of a Parquet file."""

    path: str
    start: int
    stop: int
    source: str
    stamp: tuple[int, int]
    """Size and time of change of the file."""

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Portion:
        """The portion from plain values."""
        return Portion(**{**value, "stamp": tuple(value["stamp"])})

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def portions(paths: Sequence[Path], recipe: CurationRecipe) -> Iterator[Portion]:
    """Cut files into portions, in order."""
    size = recipe.shard_mib << 20
    for path in paths:
        stat = path.stat()
        start = 0
        with path.open("rb") as file:
            while start < stat.st_size:
                file.seek(min(start + size, stat.st_size))
                file.readline()
                stop = file.tell()
                yield Portion(str(path), start, stop, path.stem, (stat.st_size, stat.st_mtime_ns))
                start = stop


def read_portion(portion: Portion, recipe: CurationRecipe) -> pl.DataFrame:
    """Read the rows of a portion as a table with the columns of curation."""
    with Path(portion.path).open("rb") as file:
        file.seek(portion.start)
        raw = file.read(portion.stop - portion.start)
    table = pl.read_ndjson(raw, infer_schema_length=None)
    name = Path(portion.path).name
    defaults = {
        "id": pl.format("{}:{}", pl.lit(f"{name}@{portion.start}"), pl.int_range(pl.len())),
        "source": pl.lit(portion.source),
        "likes": pl.lit(0),
        "kind": pl.lit("note"),
        "licence": pl.lit(""),
    }
    missing = [name for name in COLUMNS if name not in table.columns]
    columns = [defaults.get(name, pl.lit(None)).cast(COLUMNS[name]).alias(name) for name in missing]
    return table.with_columns(columns).cast(
        {name: kind for name, kind in COLUMNS.items() if name != "created"}
    )
