"""Kernels: links, addresses and emoji sequences, told by the bytes around a character."""

from __future__ import annotations

import numpy as np
from numba import njit

from redone.corpus.kernels.classes import EMOJI, KIND


@njit(inline="always")
def is_word(byte):  # type: ignore[no-untyped-def]
    """Whether a byte is an ASCII letter, digit or underscore."""
    return (0x30 <= byte <= 0x39) or (0x41 <= (byte & 0xDF) <= 0x5A) or byte == 0x5F


@njit(cache=True, nogil=True)
def link_end(data, at, end):  # type: ignore[no-untyped-def]
    """Where a link that starts at a byte ends, or the byte itself where none starts."""
    low = data[at] | 0x20
    starts = (
        low == 0x68 and end - at > 10
        and (data[at + 1] | 0x20) == 0x74 and (data[at + 2] | 0x20) == 0x74 and (data[at + 3] | 0x20) == 0x70
        and (data[at + 4] == 0x3A or (data[at + 5] == 0x3A and (data[at + 4] | 0x20) == 0x73))
    ) or (
        low == 0x77 and end - at > 6
        and (data[at + 1] | 0x20) == 0x77 and (data[at + 2] | 0x20) == 0x77 and data[at + 3] == 0x2E
    )  # fmt: skip
    if not starts:
        return at
    stop = at
    while stop < end and 0x20 < data[stop] < 0x7F:
        stop += 1
    return stop


@njit(cache=True, nogil=True)
def says_at(data, at, end):  # type: ignore[no-untyped-def]
    """Whether the word ``at`` begins here, one space before it allowed: ``name [at] host``."""
    two, three = np.uint64(2), np.uint64(3)
    if at < end and data[at] == 0x20:
        at += np.uint64(1)
    return (
        at + three <= end
        and data[at] | 0x20 == 0x61
        and data[at + np.uint64(1)] | 0x20 == 0x74
        and not is_word(data[at + two])
    )


@njit(cache=True, nogil=True)
def is_picture(data, at, end, classes):  # type: ignore[no-untyped-def]
    """Whether the code point at a byte is an emoji; a joiner before it then belongs to a sequence."""
    if at >= end:
        return False
    first = data[at]
    if first >= 0xF0:
        return first == 0xF0 and data[at + np.uint64(1)] == 0x9F
    if first < 0xE0:
        return False
    code = (
        (np.uint32(first & 0x0F) << np.uint32(12))
        | (np.uint32(data[at + np.uint64(1)] & 0x3F) << np.uint32(6))
        | np.uint32(data[at + np.uint64(2)] & 0x3F)
    )
    return classes[code] & KIND == EMOJI
