"""What the columns of a set hold, from the first rows of a file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

from redone.sources.ingest.sampling import Sample, stable_hash

ROWS = 2000
"""Rows that are looked at: enough to see all labels of a usual set."""
READ = 40_000
"""Rows that these are drawn from: files are often sorted by label, so the first rows alone would mislead."""
Kind = Literal["text", "number", "truth", "texts", "numbers", "objects", "object", "lists", "nothing"]
_HAN = re.compile("[\u3400-\u9fff]")
_NUMBER = re.compile(r"-?\d+([.,]\d+)?")


@dataclass(slots=True)
class Column:
    """One column, nested ones by their dotted name. Shares are of the rows that were looked at."""

    name: str
    rows: int
    filled: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)
    """Texts, numbers and truth values as mapping files write them, with their counts."""
    characters: int = 0
    han: int = 0
    keys: tuple[str, ...] = ()
    """Keys of the first object in a list of objects."""
    sample: Any = None

    @property
    def kind(self) -> Kind:
        """What most rows hold; texts that all write numbers are numbers."""
        if not self.kinds:
            return "nothing"
        most: Any = self.kinds.most_common(1)[0][0]
        return "number" if most == "text" and all(_NUMBER.fullmatch(v) for v in self.values) else most

    @property
    def length(self) -> float:
        """Mean characters per filled row."""
        return self.characters / max(self.filled, 1)

    @property
    def distinct(self) -> int:
        """How many different values there are."""
        return len(self.values)

    @property
    def unique(self) -> bool:
        """Whether every row has a value of its own."""
        return self.filled == self.rows > 1 and self.distinct == self.rows

    @property
    def chinese(self) -> bool:
        """Whether the text is Chinese."""
        return self.han >= 0.2 * max(self.characters, 1)


def profile(rows: Iterator[Mapping[str, Any]]) -> dict[str, Column]:
    """The columns of a sample of the first rows, in order of appearance."""
    sample: Sample[Mapping[str, Any]] = Sample(ROWS)
    for number, row in enumerate(islice(rows, READ)):
        sample.offer(stable_hash("profile", number), row)
    seen = sample.items()
    columns: dict[str, Column] = {}
    for row in seen:
        for name, value in _flat(row):
            _note(columns.setdefault(name, Column(name, len(seen))), value)
    return columns


def _flat(row: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in row.items():
        name = f"{above}{key}"
        if isinstance(value, dict) and value and above.count(".") < 2:
            yield from _flat(value, f"{name}.")
        else:
            yield name, value


def _note(column: Column, value: Any) -> None:
    if value is None or value == "" or value == []:
        return
    column.filled += 1
    column.sample = value if column.sample is None else column.sample
    kind = _kind(value)
    column.kinds[kind] += 1
    if kind in ("text", "number", "truth"):
        text = str(value).lower() if isinstance(value, bool) else _plain(value)
        column.values[text] += 1
        column.characters += len(text)
        column.han += len(_HAN.findall(text))
    elif kind == "texts":
        joined = "".join(value)
        column.values.update(value)
        column.characters += len(joined)
        column.han += len(_HAN.findall(joined))
    elif kind == "objects":
        column.keys = column.keys or tuple(name for name, _ in _flat(value[0]))


def _kind(value: Any) -> Kind:
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, str):
        return "text"
    if isinstance(value, int | float):
        return "number"
    return _list_kind(value) if isinstance(value, list) else "object"


def _list_kind(value: Sequence[Any]) -> Kind:
    if all(isinstance(item, str) for item in value):
        return "texts"
    if all(isinstance(item, int | float) for item in value):
        return "numbers"
    return "objects" if all(isinstance(item, dict) for item in value) else "lists"


def _plain(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return str(int(value)) if float(value).is_integer() else str(value)
