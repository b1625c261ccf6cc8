"""Exact answers for the few rows whose cheap bounds look like repetition."""

from __future__ import annotations

import numpy as np
from numba import njit

_GRAM = 4
_SLOTS = 1024


@njit(cache=True, nogil=True)
def repeated_chars(data, first, end):  # type: ignore[no-untyped-def]
    """How many code points lie in a 4-gram that stood in the text before (at most 4,096 are looked at)."""
    table = np.zeros(_SLOTS, dtype=np.uint64)
    recent = np.zeros(_GRAM, dtype=np.uint64)
    chars = covered = covered_to = 0
    for at in range(first, end):
        byte = data[at]
        if byte & 0xC0 == 0x80:
            recent[(chars - 1) % _GRAM] = (recent[(chars - 1) % _GRAM] << np.uint64(8)) | np.uint64(byte)
            if at + 1 < end and data[at + 1] & 0xC0 == 0x80:
                continue
        else:
            chars += 1
            recent[(chars - 1) % _GRAM] = byte
            if at + 1 < end and data[at + 1] & 0xC0 == 0x80:
                continue
        if chars < _GRAM:
            continue
        if chars > 4096:
            break
        key = np.uint64(1469598103934665603)
        for step in range(_GRAM):
            key = (key ^ recent[(chars + step) % _GRAM]) * np.uint64(1099511628211)
            key ^= key >> np.uint64(29)
        key |= np.uint64(1)
        slot = np.int64(key >> np.uint64(54))
        found = False
        for _ in range(16):
            if table[slot] == key:
                found = True
                break
            if table[slot] == 0:
                table[slot] = key
                break
            slot = (slot + 1) % _SLOTS
        if found:
            covered += chars - max(covered_to, chars - _GRAM)
            covered_to = chars
    return covered


@njit(cache=True, nogil=True)
def top_count(data, first, end):  # type: ignore[no-untyped-def]
    """How often the most frequent code point stands there, white space apart; exact from a quarter on.

    Four counters of the kind of Misra and Gries keep every code point that makes up a fifth of the text or
    more; a second pass counts them.
    """
    held = np.zeros(4, dtype=np.uint32)
    score = np.zeros(4, dtype=np.int64)
    for again in range(2):
        if again:
            score[:] = 0
        at = first
        while at < end:
            size = 1 if data[at] < 0x80 else 2 if data[at] < 0xE0 else 3 if data[at] < 0xF0 else 4
            code = np.uint32(0)
            for step in range(size):
                code = (code << np.uint32(8)) | np.uint32(data[at + step])
            at += size
            if code <= 0x20 or code == 0xE38080:
                continue
            free = -1
            known = False
            for place in range(4):
                if held[place] == code and (again or score[place] > 0):
                    score[place] += 1
                    known = True
                    break
                if score[place] == 0:
                    free = place
            if again or known:
                continue
            if free >= 0:
                held[free] = code
                score[free] = 1
            else:
                for place in range(4):
                    score[place] -= 1
    return score.max()
