"""Words that look alike, so that texts which differ in one of them alone are near-duplicates.

"vest" and "nest" (or two words with a common part) change only a few three-character pieces of a text. Such
words form a family, and the splits deal templates out per family: what differs by a lookalike stays together.
"""

from __future__ import annotations

from collections.abc import Sequence

from redone.sources.simulator.lexicon import Word

_LEAST_EN, _LEAST_ZH = 10, 6
"""Fewest pieces in which two words of different families differ. With at most four times as many pieces in
common, two texts stay under a Jaccard similarity of 0.8."""


def _pieces(word: str) -> set[str]:
    padded = f"\0\0{word.lower()}\1\1"
    return {padded[i : i + 3] for i in range(len(padded) - 2)}


def look_alike(one: Word, two: Word) -> bool:
    """Whether the words differ in too few three-character pieces, in either language."""
    return (
        len(_pieces(one.en) ^ _pieces(two.en)) < _LEAST_EN
        or len(_pieces(one.zh) ^ _pieces(two.zh)) < _LEAST_ZH
    )


def families(words: Sequence[Word]) -> list[str]:
    """For each word the name of its family: its first member, linked over any chain of lookalikes."""
    parent = list(range(len(words)))

    def root(index: int) -> int:
        while parent[index] != index:
            index = parent[index]
        return index

    for i, one in enumerate(words):
        for j in range(i):
            if look_alike(one, words[j]):
                low, high = sorted((root(i), root(j)))
                parent[high] = low
    return [words[root(i)].en for i in range(len(words))]
