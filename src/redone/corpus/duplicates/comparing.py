"""Kernel: which texts of a group really are near-duplicates, and of which kept text.

Leader clustering: texts come in the order in which they would be kept; each is compared with the texts kept so
far, and goes where it is like one of them. A chain of small changes therefore never deletes a text that is unlike
what is kept, as plain union-find would.
"""

from __future__ import annotations

import numba
import numpy as np

from redone.corpus.duplicates.folding import fold_text, shingles

_KERNEL = {"cache": True, "nogil": True, "boundscheck": False, "error_model": "numpy"}
_SPREAD = 0x9E3779B1


@numba.njit(**_KERNEL)
def add_to_set(value, mark, table, marks):  # type: ignore[no-untyped-def]
    """Put a value into the set that ``mark`` names; return whether it was new.

    The table holds one set at a time: slots of another mark are empty, so that nothing has to be cleared.
    """
    cover = np.uint32(len(table) - 1)
    slot = np.uint32(value * np.uint32(_SPREAD)) & cover
    while marks[slot] == mark:
        if table[slot] == value:
            return False
        slot = (slot + np.uint32(1)) & cover
    marks[slot] = mark
    table[slot] = value
    return True


@numba.njit(**_KERNEL)
def is_in_set(value, mark, table, marks):  # type: ignore[no-untyped-def]
    """Whether a value is in the set that ``mark`` names."""
    cover = np.uint32(len(table) - 1)
    slot = np.uint32(value * np.uint32(_SPREAD)) & cover
    while marks[slot] == mark:
        if table[slot] == value:
            return True
        slot = (slot + np.uint32(1)) & cover
    return False


@numba.njit(**_KERNEL)
def shingle_sets(offsets, data, width, table, marks, ends, out):  # type: ignore[no-untyped-def]
    """Write each text's shingles, each once, to ``out`` (uint32, as long as ``data``); ``ends`` delimits.

    ``table`` (uint32) and ``marks`` (int64, all -1) are scratch: a power of two, more than twice the bytes of the
    longest text.
    """
    longest = len(table) // 2
    folded = np.empty(longest, np.int64)
    hashes = np.empty(longest, np.uint32)
    at = 0
    for t in range(len(offsets) - 1):
        length, _ = fold_text(data, offsets[t], offsets[t + 1], folded)
        for i in range(shingles(folded, length, width, hashes)):
            if add_to_set(hashes[i], t, table, marks):
                out[at] = hashes[i]
                at += 1
        ends[t + 1] = at


@numba.njit(**_KERNEL)
def lead(group, ends, sets, limits, table, marks, keeper, similarity):  # type: ignore[no-untyped-def]
    """Decide for each text whether it stays (``keeper`` is itself) or which text it is like.

    Args:
        group: (n) int64, texts of a group lie together, best first.
        ends: (n + 1) int64, see ``shingle_sets``.
        sets: uint32, see ``shingle_sets``.
        limits: (least similarity, the same for short texts, shingles of a text from which it is not short, kept
            texts compared with: the latest first).
        table: scratch as in ``shingle_sets``.
        marks: the same, all -1.
        keeper: (n) int64, written.
        similarity: (n) float32, written; 1 for texts that stay.

    """
    usual, for_short, short, most = limits
    leaders = np.empty(len(group), np.int64)
    count = 0
    for i in range(len(group)):
        if i == 0 or group[i] != group[i - 1]:
            count = 0
        keeper[i] = i
        similarity[i] = 1.0
        size = ends[i + 1] - ends[i]
        if count > 0:
            for at in range(ends[i], ends[i + 1]):
                add_to_set(sets[at], i, table, marks)
        for back in range(min(count, most)):
            other = leaders[count - 1 - back]
            size_other = ends[other + 1] - ends[other]
            # A word makes another statement of a short post.
            least = usual if min(size, size_other) >= short else max(usual, for_short)
            # The smaller set holds all that can be in common.
            if min(size, size_other) < least * max(size, size_other):
                continue
            both = 0
            for at in range(ends[other], ends[other + 1]):
                both += is_in_set(sets[at], i, table, marks)
            share = both / (size + size_other - both)
            if share >= least:
                keeper[i] = other
                similarity[i] = share
                break
        if keeper[i] == i:
            leaders[count] = i
            count += 1
