"""Kernel: what of a text counts when two texts are compared.

Letters and digits of any script count, in lower case; spaces, marks, emoji and their joiners do not. A repost with
another emoji or other spacing is the same text, a price that differs is another one. Names of people who are
mentioned, links, and the place tag at the end of a post ("@ Los Angeles, California") do not count either: posts
that say nothing of their own beside such a tag would else be taken for each other's copies.
"""

from __future__ import annotations

import numba
import numpy as np

_KERNEL = {"cache": True, "nogil": True, "boundscheck": False, "error_model": "numpy"}


@numba.njit(inline="always", **_KERNEL)
def fold_character(c):  # type: ignore[no-untyped-def]
    """Return the code point that stands for ``c`` in comparisons; 0 when it does not count."""
    if 0xFF01 <= c <= 0xFF5E:
        c -= 0xFEE0  # full-width forms
    if c < 0x80:
        if 65 <= c <= 90:
            return c + 32
        if 97 <= c <= 122 or 48 <= c <= 57:
            return c
        return 0
    if c < 0xC0 or c == 0xD7 or c == 0xF7:
        return 0
    if 0x2000 <= c < 0x2C00 or 0x3000 <= c < 0x3005 or 0x3008 <= c < 0x3021:
        return 0
    if 0xFE00 <= c < 0xFE70 or 0xFF00 <= c < 0xFFF0 or 0xE000 <= c < 0xF900:
        return 0
    if 0x1F000 <= c < 0x20000 or c >= 0xE0000:
        return 0
    return c


@numba.njit(**_KERNEL)
def skip_reference(data, at, stop):  # type: ignore[no-untyped-def]
    """Return where a mention, place tag or link that starts at ``at`` ends; ``at`` where none does."""
    if data[at] == 0x68:
        is_link = stop - at > 10 and data[at + 1] == 0x74 and data[at + 2] == 0x74 and data[at + 3] == 0x70
        if not is_link or (data[at + 4] != 0x3A and data[at + 5] != 0x3A):
            return at
        end = at
        while end < stop and 0x20 < data[end] < 0x80:
            end += 1
        return end
    if at + 1 < stop and data[at + 1] == 0x20:
        # A place tag closes the text; a longer rest is what the author goes on to say.
        return stop if stop - at <= 64 else at
    end = at + 1
    while end < stop and end - at <= 40:
        byte = data[end]
        if byte == 0x20 or byte == 0x0A or byte == 0x3A or byte == 0x2C or byte == 0x09:
            return end
        if byte == 0xEF and end + 2 < stop and data[end + 1] == 0xBC and data[end + 2] == 0x9A:
            return end  # a full-width colon
        end += 1
    # Without a mark after it a Chinese name cannot be told from what follows.
    return at


@numba.njit(**_KERNEL)
def fold_text(data, start, stop, out):  # type: ignore[no-untyped-def]
    """Write the folded code points of one text to ``out`` (int64); return how many, and how many there were.

    ``out`` must hold ``stop - start`` values. The bytes are valid UTF-8: they come from an Arrow text column.
    """
    kept = 0
    seen = 0
    i = start
    while i < stop:
        c = np.int64(data[i])
        if c == 0x40 or c == 0x68:
            end = skip_reference(data, i, stop)
            if end > i:
                while i < end:
                    seen += (data[i] & 0xC0) != 0x80
                    i += 1
                continue
        if c < 0x80:
            i += 1
        elif c < 0xE0:
            c = ((c & 0x1F) << 6) | (np.int64(data[i + 1]) & 0x3F)
            i += 2
        elif c < 0xF0:
            c = ((c & 0x0F) << 12) | ((np.int64(data[i + 1]) & 0x3F) << 6) | (np.int64(data[i + 2]) & 0x3F)
            i += 3
        else:
            c = (
                ((c & 0x07) << 18)
                | ((np.int64(data[i + 1]) & 0x3F) << 12)
                | ((np.int64(data[i + 2]) & 0x3F) << 6)
                | (np.int64(data[i + 3]) & 0x3F)
            )
            i += 4
        seen += 1
        c = fold_character(c)
        if c != 0:
            out[kept] = c
            kept += 1
    return kept, seen


@numba.njit(inline="always", **_KERNEL)
def mix(x):  # type: ignore[no-untyped-def]
    """Spread 64 bits over 64 bits (the finaliser of SplitMix64)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@numba.njit(**_KERNEL)
def shingles(folded, length, width, out):  # type: ignore[no-untyped-def]
    """Write a 32-bit hash of each run of ``width`` code points to ``out``; a shorter text is one run.

    Returns how many were written. Runs are hashed by position within them, so the order of characters counts.
    """
    if length == 0:
        return 0
    width = min(width, length)
    count = length - width + 1
    for i in range(count):
        h = np.uint64(width)
        for j in range(width):
            h = (h ^ np.uint64(folded[i + j])) * np.uint64(0x9E3779B97F4A7C15)
            h ^= h >> np.uint64(29)
        out[i] = np.uint32(mix(h) >> np.uint64(32))
    return count
