"""An index of benchmark texts by the windows of twelve characters that identify them.

equal        the whole training text is the item's text, however short
exact, near  a question's windows stand in the text: nearly all of them, or at least half
answer       the answer stands there without the question
translation  only the other language's side of a translation item does
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from redone.corpus.kernels.buffers import Bytes
from redone.corpus.kernels.classes import char_classes
from redone.corpus.kernels.windows import WINDOW, filter_of, windows
from redone.corpus.settings.steps import DecontaminationSettings

TextKind = Literal["question", "answer", "translation"]
Hashes = npt.NDArray[np.uint64]
_COMMON = 20
"""Texts that a window may stand in before it identifies none of them (instructions, category lists)."""
_NEAR_WINDOWS = 16
_FEWEST = 6
_FILTER_BYTES = 1 << 19


@dataclass(frozen=True, slots=True)
class BenchmarkText:
    """A text of a benchmark item that must not stand in training data."""

    bench: str
    index: int
    kind: TextKind
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """An item found in a text; ``share`` of its windows were there."""

    how: str
    bench: str
    index: int
    share: float


class BenchmarkIndex:
    """Built once from the texts of all benchmarks at hand; plain arrays, so that workers can share it.

    ``skipped`` counts texts too short to be looked for even as a whole.
    """

    def __init__(
        self, texts: Iterable[BenchmarkText], settings: DecontaminationSettings | None = None
    ) -> None:
        self.settings = settings or DecontaminationSettings()
        self.skipped = 0
        self.items: list[tuple[str, int, TextKind]] = []
        parts: list[Hashes] = []
        wholes: list[int] = []
        for text in texts:
            found, whole, weight = _windows(text.text)
            enough = self.settings.min_answer if text.kind == "answer" else self.settings.min_question
            if weight < self.settings.min_equal:
                self.skipped += 1
                continue
            self.items.append((text.bench, text.index, text.kind))
            # An answer that is a common saying must not cost every post that says it.
            wholes.append(whole if text.kind != "answer" or weight >= enough else 0)
            parts.append(np.unique(found) if weight >= enough else np.empty(0, dtype=np.uint64))
        self._build(parts, wholes)

    def _build(self, parts: list[Hashes], wholes: list[int]) -> None:
        owners = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        hashes = np.concatenate([*parts, np.empty(0, dtype=np.uint64)])
        order = np.argsort(hashes, kind="stable")
        hashes, owners = hashes[order], owners[order]
        _, counts = np.unique(hashes, return_counts=True)
        rare = np.repeat(counts <= _COMMON, counts) if len(hashes) else np.empty(0, dtype=bool)
        self._hashes, self._owners = hashes[rare], owners[rare]
        self._sizes = np.bincount(self._owners, minlength=len(parts))
        self._wholes = {whole: at for at, whole in reversed(list(enumerate(wholes))) if whole}
        self.keys: Hashes = np.unique(
            np.concatenate([self._hashes, np.array(list(self._wholes), dtype=np.uint64)])
        )
        self.bits: Bytes = np.zeros(_FILTER_BYTES, dtype=np.uint8)
        filter_of(self.keys, self.bits)

    def check(self, text: str) -> Found | None:
        """Return the strongest find in a text, or None."""
        hashes, whole, _ = _windows(text)
        if whole in self._wholes:
            bench, index, _ = self.items[self._wholes[whole]]
            return Found("equal", bench, index, 1.0)
        hashes = np.unique(hashes)
        low = np.searchsorted(self._hashes, hashes, side="left")
        high = np.searchsorted(self._hashes, hashes, side="right")
        spans = [self._owners[a:b] for a, b in zip(low, high, strict=True) if b > a]
        if not spans:
            return None
        owners, counts = np.unique(np.concatenate(spans), return_counts=True)
        found = [self._judge(int(owner), int(count)) for owner, count in zip(owners, counts, strict=True)]
        return max((hit for hit in found if hit), key=lambda hit: hit.share, default=None)

    def _judge(self, owner: int, count: int) -> Found | None:
        bench, index, kind = self.items[owner]
        share = count / max(1, int(self._sizes[owner]))
        limits = self.settings
        if count < min(_FEWEST, int(self._sizes[owner])):
            return None
        if kind == "question":
            if share >= limits.whole_share:
                return Found("exact", bench, index, share)
            near = (share >= limits.near_share and count >= _NEAR_WINDOWS) or (
                share >= limits.short_share and count >= _FEWEST
            )
            return Found("near", bench, index, share) if near else None
        return Found(kind, bench, index, share) if share >= limits.whole_share else None


def _windows(text: str) -> tuple[Hashes, int, int]:
    """Hashes of the windows, hash of the whole, weight."""
    data = np.frombuffer(text.encode("utf-8", "replace"), dtype=np.uint8)
    out = np.empty(len(data) + 1, dtype=np.uint64)
    size, weight = windows(data, 0, len(data), char_classes(), out)
    return out[:size], int(out[size]) if weight else 0, int(weight)


assert WINDOW <= _NEAR_WINDOWS, "a near copy shares more windows than one edit touches"
