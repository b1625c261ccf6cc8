"""Kernels: rows with equal keys into groups, by hash tables and union-find over row numbers."""

from __future__ import annotations

import numba
import numpy as np

from redone.corpus.duplicates.folding import mix

_KERNEL = {"cache": True, "nogil": True, "boundscheck": False, "error_model": "numpy"}


@numba.njit(**_KERNEL)
def find_root(parent, node):  # type: ignore[no-untyped-def]
    """Return the smallest row of the node's group; paths are halved on the way."""
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@numba.njit(**_KERNEL)
def join(parent, a, b):  # type: ignore[no-untyped-def]
    """Put two groups together under the smaller root, so that the outcome depends on no order."""
    a = find_root(parent, a)
    b = find_root(parent, b)
    if a < b:
        parent[b] = a
    elif b < a:
        parent[a] = b


@numba.njit(**_KERNEL)
def join_equal_keys(keys, rows, parent, table, first):  # type: ignore[no-untyped-def]
    """Join rows that share a key of one band.

    Args:
        keys: (n) uint64; 0 is no key.
        rows: (n) int64: the row number of each key.
        parent: union-find over all rows, changed.
        table: (power of two, more than 2 n) uint64 scratch, zeroed here.
        first: same length, int64 scratch.

    """
    table[:] = np.uint64(0)
    cover = np.uint64(len(table) - 1)
    for i in range(len(keys)):
        key = keys[i]
        if key == 0:
            continue
        slot = key >> np.uint64(1) & cover
        while table[slot] != 0 and table[slot] != key:
            slot = (slot + np.uint64(1)) & cover
        if table[slot] == 0:
            table[slot] = key
            first[slot] = rows[i]
        else:
            join(parent, first[slot], rows[i])


@numba.njit(**_KERNEL)
def exact_keepers(low, high, likes, keeper, table):  # type: ignore[no-untyped-def]
    """Write to each position the position of its text's keeper: most likes, then first.

    Args:
        low: (n) uint64, one half of the hash.
        high: (n) uint64, the other half.
        likes: (n) int64.
        keeper: (n) int64, written.
        table: (power of two, more than 2 n) int64 scratch: position of a text's first copy.

    """
    table[:] = -1
    cover = np.uint64(len(table) - 1)
    best = np.empty(len(low), np.int64)
    for i in range(len(low)):
        slot = mix(low[i]) & cover
        while table[slot] >= 0 and (low[table[slot]] != low[i] or high[table[slot]] != high[i]):
            slot = (slot + np.uint64(1)) & cover
        if table[slot] < 0:
            table[slot] = i
            best[i] = i
            keeper[i] = i
        else:
            head = table[slot]
            keeper[i] = head
            if likes[i] > likes[best[head]]:
                best[head] = i
    for i in range(len(low)):
        keeper[i] = best[keeper[i]]


@numba.njit(**_KERNEL)
def roots(parent):  # type: ignore[no-untyped-def]
    """Write to each row the smallest row of its group."""
    for i in range(len(parent)):
        parent[i] = find_root(parent, i)


@numba.njit(**_KERNEL)
def join_rows(parent, a, b):  # type: ignore[no-untyped-def]
    """Join row ``a[i]`` with row ``b[i]`` for all i."""
    for i in range(len(a)):
        join(parent, a[i], b[i])
