"""Related notes into clusters that fit one document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from redone.corpus.settings.document_settings import DocumentSettings


@dataclass(slots=True)
class _Forest:
    """Union-find whose trees know their tokens and members, and refuse to grow past the caps."""

    tokens: list[int]
    parent: list[int] = field(init=False)
    members: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.parent = list(range(len(self.tokens)))
        self.members = [1] * len(self.tokens)

    def root(self, node: int) -> int:
        parent = self.parent
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    def join(self, a: int, b: int, settings: DocumentSettings) -> None:
        a, b = self.root(a), self.root(b)
        if a == b or self.tokens[a] + self.tokens[b] > settings.tokens:
            return
        if self.members[a] + self.members[b] > settings.cluster_notes:
            return
        if self.members[a] < self.members[b]:
            a, b = b, a
        self.parent[b] = a
        self.tokens[a] += self.tokens[b]
        self.members[a] += self.members[b]


def cluster(edges: pl.DataFrame, tokens: Sequence[int], settings: DocumentSettings) -> list[int]:
    """Return the cluster of each note: the smallest note number in it.

    Edges are taken strongest first and join two clusters where the sum of tokens and notes stays within the
    caps: the strongest relations survive, and no document outgrows the context it is trained in.

    Args:
        edges: ``a``, ``b`` (note numbers), strongest first.
        tokens: tokens of each note's part of a document, by note number.
        settings: caps.

    """
    forest = _Forest(list(tokens))
    for a, b in zip(edges["a"].to_list(), edges["b"].to_list(), strict=True):
        forest.join(a, b, settings)
    first: dict[int, int] = {}
    return [first.setdefault(forest.root(note), note) for note in range(len(tokens))]
