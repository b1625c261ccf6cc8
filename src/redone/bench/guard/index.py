"""The index of benchmark texts, and the search for them in one training text after another.

    exact        the whole compact question stands in the training text
    near         at least half of its n-grams do (three quarters of a short text): edited or cut
    answer       the answer stands there without the question
    translation  only the other language's side of a translation item does

Short texts are everybody's: a question needs 24 letters (12 ideographs) to be
looked for, an answer 40. What is the same in
many items (instructions, category lists) identifies none of them and is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from redone.bench.catalogue import choose
from redone.bench.guard.grams import SIZE, compact, grams, sampled, weight
from redone.bench.guard.texts import Kind, item_texts
from redone.bench.sets import SUITES
from redone.errors import UserError
from redone.records import Example

HitKind = Literal["exact", "near", "translation", "answer"]
_KINDS: tuple[HitKind, ...] = ("exact", "near", "translation", "answer")
"""From the strongest on."""
SHORTEST = {"question": 24, "answer": 40, "translation": 24}
NEAR_SHARE = 0.5
NEAR_GRAMS = 24
SHORT_SHARE = 0.75
WHOLE_SHARE = 0.9
FEWEST_GRAMS = 6
_COMMON = 20
"""Texts that an n-gram may stand in before it identifies none of them."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A benchmark item found at ``place`` of the training data; ``share`` of its n-grams were there."""

    kind: HitKind
    file: str
    index: int
    share: float
    place: str
    excerpt: str

    @property
    def rank(self) -> int:
        """0 for the strongest kind."""
        return _KINDS.index(self.kind)


@dataclass(frozen=True, slots=True)
class _Text:
    file: str
    index: int
    kind: Kind
    compact: str
    grams: int


class Guard:
    """An index of texts; build it once, ask it about any number of training texts."""

    def __init__(self, texts: Iterable[tuple[str, int, Kind, str]]) -> None:
        """Take (file, index, kind, text) of every benchmark text."""
        self.skipped = 0
        kept, seen = [], dict[tuple[str, str], None]()
        for file, index, kind, text in texts:
            plain = compact(text)
            if weight(plain) < SHORTEST[kind] or len(plain) < SIZE:
                self.skipped += 1
            elif (kind, plain) not in seen:
                seen[kind, plain] = None
                kept.append((file, index, kind, plain))
        self._build(kept)

    def _build(self, kept: Sequence[tuple[str, int, Kind, str]]) -> None:
        found = [sampled(grams(plain)) for _, _, _, plain in kept]
        owners = np.repeat(np.arange(len(found), dtype=np.int64), [len(part) for part in found])
        hashes = np.concatenate(found) if found else np.empty(0, dtype=np.uint64)
        order = np.argsort(hashes, kind="stable")
        hashes, owners = hashes[order], owners[order]
        _, count = np.unique(hashes, return_counts=True)
        rare = np.repeat(count <= _COMMON, count)
        self._hashes: npt.NDArray[np.uint64] = hashes[rare]
        self._owners: npt.NDArray[np.int64] = owners[rare]
        sizes = np.bincount(self._owners, minlength=len(kept))
        self.texts = [_Text(*text, int(size)) for text, size in zip(kept, sizes, strict=True)]

    def check(self, text: str, place: str = "") -> list[Hit]:
        """Return the items whose texts stand in a training text, the strongest hit of each."""
        plain = compact(text)
        hashes = grams(plain)
        low = np.searchsorted(self._hashes, hashes, side="left")
        high = np.searchsorted(self._hashes, hashes, side="right")
        present = high > low
        if not present.any():
            return []
        spans = [self._owners[a:b] for a, b in zip(low[present], high[present], strict=True)]
        owners, counts = np.unique(np.concatenate(spans), return_counts=True)
        best: dict[tuple[str, int], Hit] = {}
        for owner, count in zip(owners.tolist(), counts.tolist(), strict=True):
            hit = self._judge(self.texts[owner], count, plain, place, text)
            if hit is not None:
                known = best.get((hit.file, hit.index))
                if known is None or hit.rank < known.rank:
                    best[hit.file, hit.index] = hit
        return sorted(best.values(), key=lambda hit: (hit.rank, hit.file, hit.index))

    def _judge(self, known: _Text, count: int, plain: str, place: str, text: str) -> Hit | None:
        share = count / max(1, known.grams)
        whole = share >= WHOLE_SHARE and known.compact in plain
        kind: HitKind
        if known.kind == "question":
            # A short text shares half of itself with others by accident: more of it has to be there.
            near = (share >= NEAR_SHARE and count >= NEAR_GRAMS) or share >= SHORT_SHARE
            if not whole and (not near or count < FEWEST_GRAMS):
                return None
            kind = "exact" if whole else "near"
        elif share >= WHOLE_SHARE and count >= min(FEWEST_GRAMS, known.grams):
            kind = "translation" if known.kind == "translation" else "answer"
        else:
            return None
        return Hit(kind, known.file, known.index, round(share, 3), place, " ".join(text.split())[:80])


def build_guard(data: Path, suites: Sequence[str] = ()) -> Guard:
    """Return the guard of the sets that a folder holds; of all suites without names.

    Raises:
        UserError: a named set is not there, or none of all is.

    """
    return Guard(guarded_texts(data, suites))


def guarded_texts(data: Path, suites: Sequence[str] = ()) -> list[tuple[str, int, Kind, str]]:
    """Return (set, item, kind, text) of what must not be in training data, of the sets that a folder holds.

    Raises:
        UserError: a named set is not there, or none of all is.

    """
    if not data.is_dir():
        raise UserError(f"--data {data}: no such folder")
    found: list[tuple[str, int, Kind, str]] = []
    for suite in suites or SUITES:
        for bench_set in choose(suite):
            try:
                loaded = bench_set.load(data)
            except UserError:
                # Without names the guard covers what is there; a named set has to be.
                if suite == bench_set.id:
                    raise
                continue
            for item in loaded.items:
                found += [(bench_set.id, item.index, *pair) for pair in item_texts(bench_set, item)]
    if not found:
        raise UserError(
            f"--data {data}: no benchmark set there; `redone bench list --data` shows what is looked for"
        )
    return found


def guard(examples: Iterable[Example], index: Guard) -> Iterator[Hit]:
    """Yield the benchmark items found in training examples; prompt, target and rationale are searched."""
    for example in examples:
        parts = [*(message.content for message in example.messages), example.rationale, example.target]
        yield from index.check("\n".join([*parts, *example.references]), f"example {example.id}")


def strings(value: Any) -> Iterator[str]:
    """Yield every string inside a JSON or Parquet value, in order; bytes are read as UTF-8."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
    elif isinstance(value, dict):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from strings(part)
