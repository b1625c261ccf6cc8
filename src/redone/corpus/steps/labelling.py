"""Who says how good a sample of texts is: a language model's loss per token, lower is more usual.

The run passes a function in (its own tiny model); without one, a character model that is fitted on the sample.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from math import log

import numpy as np
import numpy.typing as npt

Labeller = Callable[[Sequence[str]], npt.NDArray[np.float64]]
"""Loss per token of every text, in nats."""

_ORDER = 3
_DISCOUNT = 0.75
_LONGEST = 1000


def char_ngram_losses(texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return the loss per character under an interpolated trigram model of the other half of the texts.

    Each half is judged by a model of the other, so that no text vouches for itself. Absolute discounting
    (0.75), down to a uniform distribution over the characters seen.
    """
    halves = [texts[0::2], texts[1::2]]
    losses = np.zeros(len(texts))
    for at in (0, 1):
        judge = _CharModel(halves[1 - at] or halves[at])
        losses[at::2] = [judge.loss(text) for text in halves[at]]
    return losses


class _CharModel:
    def __init__(self, texts: Sequence[str]) -> None:
        self.counts: list[Counter[str]] = [Counter() for _ in range(_ORDER + 1)]
        self.totals: list[Counter[str]] = [Counter() for _ in range(_ORDER + 1)]
        self.kinds: list[Counter[str]] = [Counter() for _ in range(_ORDER + 1)]
        for text in texts:
            padded = " " * (_ORDER - 1) + text[:_LONGEST]
            for size in range(1, _ORDER + 1):
                self.counts[size].update(padded[i : i + size] for i in range(len(padded) - size + 1))
        for size in range(1, _ORDER + 1):
            for gram, count in self.counts[size].items():
                self.totals[size][gram[:-1]] += count
                self.kinds[size][gram[:-1]] += 1
        self.uniform = 1.0 / (len(self.counts[1]) + 1)

    def loss(self, text: str) -> float:
        padded = " " * (_ORDER - 1) + text[:_LONGEST]
        size = len(padded) - _ORDER + 1
        total = -sum(log(self._share(padded[i : i + _ORDER])) for i in range(size))
        return total / max(1, size)

    def _share(self, gram: str) -> float:
        share = self.uniform
        for size in range(1, len(gram) + 1):
            part = gram[-size:]
            total = self.totals[size][part[:-1]]
            if total:
                left = _DISCOUNT * self.kinds[size][part[:-1]] / total
                share = max(0.0, self.counts[size][part] - _DISCOUNT) / total + left * share
        return share
