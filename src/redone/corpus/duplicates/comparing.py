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


@numba.njit(**_KERNEL)
def shingle_sets(offsets, data, width, ends, out):  # type: ignore[no-untyped-def]
    """Write each text's shingles as a sorted set to ``out`` (uint32, as long as ``data``); ``ends`` delimits."""
    longest = 1
    for t in range(len(offsets) - 1):
        longest = max(longest, offsets[t + 1] - offsets[t])
    folded = np.empty(longest, np.int64)
    hashes = np.empty(longest, np.uint32)
    at = 0
    for t in range(len(offsets) - 1):
        length, _ = fold_text(data, offsets[t], offsets[t + 1], folded)
        count = shingles(folded, length, width, hashes)
        ordered = np.sort(hashes[:count])
        for i in range(count):
            if i == 0 or ordered[i] != ordered[i - 1]:
                out[at] = ordered[i]
                at += 1
        ends[t + 1] = at


@numba.njit(**_KERNEL)
def jaccard(out, a, a_end, b, b_end):  # type: ignore[no-untyped-def]
    """Share of shingles in common of two sorted sets."""
    both = 0
    total = (a_end - a) + (b_end - b)
    while a < a_end and b < b_end:
        if out[a] == out[b]:
            both += 1
            a += 1
            b += 1
        elif out[a] < out[b]:
            a += 1
        else:
            b += 1
    return both / (total - both) if total > both else 0.0


@numba.njit(**_KERNEL)
def lead(group, ends, sets, least, most, keeper, similarity):  # type: ignore[no-untyped-def]
    """Decide for each text whether it stays (``keeper`` is itself) or which text it is like.

    Args:
        group: (n) int64, texts of a group lie together, best first.
        ends: (n + 1) int64, see ``shingle_sets``.
        sets: uint32, see ``shingle_sets``.
        least: least similarity.
        most: kept texts compared with, the latest first.
        keeper: (n) int64, written.
        similarity: (n) float32, written; 1 for texts that stay.

    """
    leaders = np.empty(len(group), np.int64)
    count = 0
    for i in range(len(group)):
        if i == 0 or group[i] != group[i - 1]:
            count = 0
        keeper[i] = i
        similarity[i] = 1.0
        size = ends[i + 1] - ends[i]
        for back in range(min(count, most)):
            other = leaders[count - 1 - back]
            size_other = ends[other + 1] - ends[other]
            # The smaller set holds all that can be in common.
            if min(size, size_other) < least * max(size, size_other):
                continue
            share = jaccard(sets, ends[i], ends[i + 1], ends[other], ends[other + 1])
            if share >= least:
                keeper[i] = other
                similarity[i] = share
                break
        if keeper[i] == i:
            leaders[count] = i
            count += 1
