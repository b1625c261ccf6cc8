"""Kernel pieces: the code point at a byte, and the class of one outside the basic plane."""

from __future__ import annotations

import numpy as np
from numba import njit

from redone.corpus.kernels.classes import DIRTY, EMOJI, HAN, JOINER, LATIN, OTHER


@njit(inline="always")
def decode(data, at):  # type: ignore[no-untyped-def]
    """Return the code point (uint32) that begins at a byte of valid UTF-8, and its number of bytes (uint64).

    Positions are unsigned, so that no index is tested for being negative.
    """
    one, two, three = np.uint64(1), np.uint64(2), np.uint64(3)
    first = data[at]
    if first < 0x80:
        return np.uint32(first), one
    if first < 0xE0:
        return (np.uint32(first & 0x1F) << np.uint32(6)) | np.uint32(data[at + one] & 0x3F), two
    if first < 0xF0:
        code = (
            (np.uint32(first & 0x0F) << np.uint32(12))
            | (np.uint32(data[at + one] & 0x3F) << np.uint32(6))
            | np.uint32(data[at + two] & 0x3F)
        )
        return code, three
    code = (
        (np.uint32(first & 0x07) << np.uint32(18))
        | (np.uint32(data[at + one] & 0x3F) << np.uint32(12))
        | (np.uint32(data[at + two] & 0x3F) << np.uint32(6))
        | np.uint32(data[at + three] & 0x3F)
    )
    return code, np.uint64(4)


@njit(inline="always")
def beyond(code):  # type: ignore[no-untyped-def]
    """Class of a code point outside the basic plane."""
    if 0x1F000 <= code <= 0x1FAFF:
        return np.uint8(EMOJI)
    if 0x2F800 <= code <= 0x2FA1F:
        return np.uint8(HAN | DIRTY)
    if 0x20000 <= code <= 0x3FFFF:
        return np.uint8(HAN)
    if 0x1D400 <= code <= 0x1D7FF:
        return np.uint8(LATIN)
    if code >= 0xE0000:
        return np.uint8(JOINER | DIRTY)
    return np.uint8(OTHER | DIRTY)
