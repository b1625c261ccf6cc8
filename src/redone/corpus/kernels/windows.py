"""Rolling hashes over the letters and digits of texts: one per window of twelve, case and width folded."""

from __future__ import annotations

import numpy as np
from numba import njit

from redone.corpus.kernels.classes import EMOJI, HAN, JOINER, KIND, OTHER, SPACE

WINDOW = 12
"""Code points of a window. One may be shared by accident, half of a text's are not."""

_BASE = np.uint64(0x9E3779B97F4A7C15)
_FILTER_BITS = 22


@njit(inline="always")
def _mix(value):  # type: ignore[no-untyped-def]
    value ^= value >> np.uint64(31)
    value *= np.uint64(0xBF58476D1CE4E5B9)
    return value ^ (value >> np.uint64(29))


@njit(cache=True, nogil=True)
def windows(data, first, end, classes, out):  # type: ignore[no-untyped-def]
    """Write the hashes of a text's windows, then (last) that of the whole; returns (windows, weight).

    Only letters and digits count, ASCII and full-width letters in lower case. The weight is their number, an
    ideograph counting twice. ``out`` needs one place more than the text has bytes.
    """
    power = np.uint64(1)
    for _ in range(WINDOW):
        power *= _BASE
    ring = np.zeros(WINDOW, dtype=np.uint64)
    key = whole = np.uint64(0)
    size = weight = place = 0
    at = first
    while at < end:
        byte = data[at]
        if byte < 0x80:
            code, step = np.int64(byte), 1
        elif byte < 0xE0:
            code, step = ((np.int64(byte) & 0x1F) << 6) | (data[at + 1] & 0x3F), 2
        elif byte < 0xF0:
            code = (
                ((np.int64(byte) & 0x0F) << 12)
                | ((np.int64(data[at + 1]) & 0x3F) << 6)
                | (data[at + 2] & 0x3F)
            )
            step = 3
        else:
            # Outside the basic plane: rare ideographs count, emoji do not.
            code = ((np.int64(byte) & 0x07) << 18) | ((np.int64(data[at + 1]) & 0x3F) << 12)
            code |= ((np.int64(data[at + 2]) & 0x3F) << 6) | (np.int64(data[at + 3]) & 0x3F)
            step = 4
        at += step
        if 0xFF01 <= code <= 0xFF5E:
            code -= 0xFEE0
        if 0x41 <= code <= 0x5A:
            code |= 0x20
        if code >= 0x10000:
            if not 0x20000 <= code <= 0x3FFFF:
                continue
            kind = HAN
        else:
            kind = int(classes[code] & KIND)
        if kind in (OTHER, SPACE, EMOJI, JOINER):
            continue
        weight += 2 if kind == HAN else 1
        value = np.uint64(code) + np.uint64(1)
        key = key * _BASE + value
        whole = key if size < WINDOW else _mix(whole ^ value)
        if size >= WINDOW:
            key -= ring[size % WINDOW] * power
        ring[size % WINDOW] = value
        size += 1
        if size >= WINDOW:
            out[place] = _mix(key)
            place += 1
    out[place] = _mix(whole ^ np.uint64(size))
    return place, weight


@njit(cache=True, nogil=True)
def filter_of(hashes, bits):  # type: ignore[no-untyped-def]
    """Set one bit per hash, so that most windows are told from the indexed ones by one look."""
    for value in hashes:
        place = value >> np.uint64(64 - _FILTER_BITS)
        bits[place >> np.uint64(3)] |= np.uint8(1) << np.uint8(place & np.uint64(7))


@njit(cache=True, nogil=True)
def suspects(offsets, data, classes, hashes, bits, marks):  # type: ignore[no-untyped-def]
    """Mark the texts that share a window, or their whole, with the sorted ``hashes``."""
    longest = np.int64(0)
    for row in range(len(offsets) - 1):
        longest = max(longest, offsets[row + 1] - offsets[row])
    found = np.empty(longest + 1, dtype=np.uint64)
    for row in range(len(offsets) - 1):
        size, _ = windows(data, offsets[row], offsets[row + 1], classes, found)
        for at in range(size + 1):
            value = found[at]
            place = value >> np.uint64(64 - _FILTER_BITS)
            if bits[place >> np.uint64(3)] & (np.uint8(1) << np.uint8(place & np.uint64(7))):
                low = np.searchsorted(hashes, value)
                if low < len(hashes) and hashes[low] == value:
                    marks[row] = True
                    break
