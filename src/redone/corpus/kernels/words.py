"""How much of a Latin text is made of English function words."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt
from numba import njit

_WORDS = (
    "the and to of a in is that it for you on with this was but be have are not at my so we just me they what "
    "can your if do i or all out like up get about when he she his her from as no one would there will how "
    "been an by has had who did were its don im dont than them their some because really after then these too "
    "very only been could our us am into more over who why where any much being other off should does"
)
_SLOTS = 1024
_START, _STEP = np.uint32(2166136261), np.uint32(16777619)


def _hash(word: str) -> int:
    key = 2166136261
    for byte in word.encode("ascii"):
        key = ((key ^ byte) * 16777619) & 0xFFFFFFFF
    return key


@functools.cache
def function_words() -> npt.NDArray[np.uint32]:
    """Return an open hash table of the words; 0 marks a free place."""
    table = np.zeros(_SLOTS, dtype=np.uint32)
    for word in dict.fromkeys(_WORDS.split()):
        slot = (_hash(word) >> 16) % _SLOTS
        while table[slot]:
            slot = (slot + 1) % _SLOTS
        table[slot] = _hash(word)
    return table


@njit(cache=True, nogil=True)
def english_words(offsets, data, rows, table, words, found):  # type: ignore[no-untyped-def]
    """Count the words, and the English function words, of some rows; bytes beyond ASCII end no word."""
    for place in range(len(rows)):
        first, end = offsets[rows[place]], offsets[rows[place] + 1]
        key, length, total, hits = _START, 0, 0, 0
        for at in range(first, end + 1):
            byte = np.uint32(data[at]) if at < end else np.uint32(0x20)
            low = byte | np.uint32(0x20)
            if (0x61 <= low <= 0x7A and byte < 0x80) or byte >= 0x80:
                key = np.uint32((key ^ low) * _STEP)
                length += 1
            elif length and byte != 0x27:
                total += 1
                slot = (key >> np.uint32(16)) % np.uint32(_SLOTS)
                while table[slot] != 0:
                    if table[slot] == key:
                        hits += 1
                        break
                    slot = (slot + np.uint32(1)) % np.uint32(_SLOTS)
                key, length = _START, 0
        words[place] = total
        found[place] = hits
