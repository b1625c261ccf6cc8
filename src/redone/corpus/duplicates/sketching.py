"""Kernel: the MinHash bands and the exact hash of every text of a shard, in one pass over its bytes.

MinHash (Broder 1997) with banding: the smallest of the shingles' hashes under each of ``bands * rows``
permutations; ``rows`` of them make the key of a band. Two texts with a share ``s`` of shingles in common have some
key in common with probability ``1 - (1 - s**rows)**bands``.
"""

from __future__ import annotations

import numba
import numpy as np

from redone.corpus.duplicates.folding import fold_text, mix, shingles

AT_ONCE = 8
"""Shingles that are put through all permutations together."""


@numba.njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")
def sketch_texts(offsets, data, factors, masks, shape, keys, exact, alone):  # type: ignore[no-untyped-def]
    """Fill the keys and hashes of all texts.

    Args:
        offsets: (texts + 1) int64, see ``TextBytes``.
        data: (bytes) uint8.
        factors: (bands * rows) uint32, odd.
        masks: (bands * rows) uint32.
        shape: (bands, rows, shingle width, most characters and fewest counted characters of short posts).
        keys: (bands, texts) uint64 of zeros, written: the key of each band; 0 where there is none to be.
        exact: (2, texts) uint64, written: a 128-bit hash of the bytes as they are.
        alone: (texts) bool: texts that get no keys.

    """
    bands, rows, width, short_characters, least_counted = shape
    total = bands * rows
    longest = 1
    for t in range(len(offsets) - 1):
        longest = max(longest, offsets[t + 1] - offsets[t])
    folded = np.empty(longest, np.int64)
    hashes = np.empty(longest + AT_ONCE, np.uint32)
    least = np.empty(total, np.uint32)
    for t in range(len(offsets) - 1):
        start, stop = offsets[t], offsets[t + 1]
        _hash_bytes(data, start, stop, exact, t)
        if alone[t] or bands == 0:
            continue
        length, seen = fold_text(data, start, stop, folded)
        if seen <= short_characters or length < least_counted:
            continue
        count = shingles(folded, length, width, hashes)
        # Filled up with a hash that is there already: the smallest ones stay what they are.
        for i in range(count, -(-count // AT_ONCE) * AT_ONCE):
            hashes[i] = hashes[0]
        least[:] = np.uint32(0xFFFFFFFF)
        for i in range(0, count, AT_ONCE):
            _lower(hashes[i : i + AT_ONCE], factors, masks, least)
        for band in range(bands):
            h = np.uint64(band + 1)
            for row in range(rows):
                h = mix(h ^ np.uint64(least[band * rows + row]))
            keys[band, t] = h | np.uint64(1)


@numba.njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")
def _lower(some, factors, masks, least):  # type: ignore[no-untyped-def]
    """Lower the smallest hash of each permutation by those of ``AT_ONCE`` shingles: each is loaded and kept once."""
    a, b, c, d, e, f, g, h = some[0], some[1], some[2], some[3], some[4], some[5], some[6], some[7]
    for p in range(len(factors)):
        mask, factor = masks[p], factors[p]
        one = min(np.uint32((a ^ mask) * factor), np.uint32((b ^ mask) * factor))
        two = min(np.uint32((c ^ mask) * factor), np.uint32((d ^ mask) * factor))
        three = min(np.uint32((e ^ mask) * factor), np.uint32((f ^ mask) * factor))
        four = min(np.uint32((g ^ mask) * factor), np.uint32((h ^ mask) * factor))
        least[p] = min(least[p], min(min(one, two), min(three, four)))


@numba.njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")
def _hash_bytes(data, start, stop, exact, t):  # type: ignore[no-untyped-def]
    low = np.uint64(0x243F6A8885A308D3) ^ np.uint64(stop - start)
    high = np.uint64(0x13198A2E03707344)
    i = start
    while i < stop:
        word = np.uint64(0)
        for j in range(min(8, stop - i)):
            word |= np.uint64(data[i + j]) << np.uint64(8 * j)
        low = (low ^ word) * np.uint64(0x9E3779B97F4A7C15)
        low ^= low >> np.uint64(32)
        high = (high + word) * np.uint64(0xD6E8FEB86659FD93)
        high ^= high >> np.uint64(29)
        i += 8
    exact[0, t] = mix(low)
    exact[1, t] = mix(high ^ low)
