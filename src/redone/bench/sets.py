"""The nouns of the room: an item, and a set of items with its loader, scorer and predictors for comparison."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from redone.bench.tally import Tally

Mode = Literal["paper", "fixed"]
MODES: tuple[Mode, ...] = ("paper", "fixed")
Suite = Literal["sns-bench", "sns-transbench", "general"]
SUITES: tuple[Suite, ...] = ("sns-bench", "sns-transbench", "general")

NONCOMMERCIAL = "CC BY-NC-SA 4.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question: ``row`` is as upstream has it; ``group`` is the part of the set that it is averaged in."""

    index: int
    row: Mapping[str, Any]
    group: str = ""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The items of one set, and the sha256 of the (decompressed) bytes that they were read from."""

    items: tuple[Item, ...]
    sha256: str
    path: Path


Load = Callable[[Path], Loaded]
Score = Callable[[Sequence[Item], Sequence[str], Mode], Tally]
Trivial = Callable[[Sequence[Item]], Mapping[str, Sequence[str]]]


def no_trivial(items: Sequence[Item]) -> Mapping[str, Sequence[str]]:
    """Return no predictor, for free text where a constant gets next to nothing."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchSet:
    """A set that is scored as one file.

    ``id`` is the value of "file" in a predictions file; ``task`` the column of the published tables that it
    belongs to. ``load`` raises ``UserError`` where the data are absent. ``score`` takes one output for each
    item; ``gold`` is the output of a perfect model; ``trivial`` gives the outputs of models that read
    nothing, by name. ``items`` and ``sha256`` are as documented, 0 and "" where nobody can know them.
    """

    id: str
    suite: Suite
    task: str
    capability: str
    metric: str
    licence: str
    source: str
    load: Load
    score: Score
    gold: Callable[[Item], str]
    trivial: Trivial = no_trivial
    items: int = 0
    sha256: str = ""

    @property
    def noncommercial(self) -> bool:
        """Whether the licence allows no commercial use."""
        return self.licence == NONCOMMERCIAL
