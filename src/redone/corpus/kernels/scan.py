"""One pass over the bytes of a text column that yields every feature which filters and masking need.

A code point is visited once. What is rare (repetition, an exact count of the top character) is worked out in a
second look at the few rows whose cheap bounds allow it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from redone.corpus.kernels.classes import DIRTY, HAN, KIND, LATIN, NUMERAL, OTHER, SPACE, SPECIAL
from redone.corpus.kernels.decoding import beyond, decode
from redone.corpus.kernels.feature_names import EDGES, FEATURES, UNCLEAN
from redone.corpus.kernels.marks import (
    CODE_CHARS,
    CODE_OPEN,
    CODES,
    FLAGS,
    HELD,
    LINK_CHARS,
    LINKS,
    MENTIONS,
    TAG_CHARS,
    TAG_OPEN,
    TAGS,
    end_tag,
    special,
)
from redone.corpus.kernels.repeats import repeated_chars, top_count

_ORDER = (9, 1, 2, 3, 4, 5, 6, 7, 8)
"""Row of the result for each kind of character."""
_BUCKETS = 256
_DIGIT_GAP = 4
"""Characters from one digit to the next within which they belong to one number."""
(
    _CHARS, _HAN, _LATIN, _DIGITS, _SPACES, _EMOJI, _KANA, _HANGUL, _LETTERS, _SYMBOLS,
    _TOP, _RUN, _REPEATS, _LINKS, _LINK_CHARS, _MENTIONS, _TAGS, _TAG_CHARS, _CODES, _CODE_CHARS,
    _NUMERALS, _FLAGS,
) = range(len(FEATURES))  # fmt: skip


@njit(cache=True, nogil=True)
def scan(offsets, data, classes, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` (features x rows, int32) from the buffers of a text column."""
    seen = np.zeros(_BUCKETS, dtype=np.uint16)
    count = np.zeros(16, dtype=np.int32)
    held = np.zeros(HELD, dtype=np.int64)
    for row in range(len(offsets) - 1):
        seen[:] = 0
        count[:] = 0
        held[:] = 0
        held[TAG_OPEN] = held[CODE_OPEN] = -1
        chars, run, digits = _walk(data, offsets[row], offsets[row + 1], classes, seen, count, held)
        end_tag(held, chars, 1, 1)
        out[_CHARS, row], out[_RUN, row], out[_NUMERALS, row] = chars, run, digits
        top, repeats = _repetition(data, offsets[row], offsets[row + 1], seen, (chars, count[HAN]))
        out[_TOP, row], out[_REPEATS, row] = top, repeats
        for place in range(1, 9):
            out[_ORDER[place], row] = count[place]
        out[_SYMBOLS, row] = count[OTHER]
        out[_LINKS, row], out[_LINK_CHARS, row] = held[LINKS], held[LINK_CHARS]
        out[_MENTIONS, row], out[_FLAGS, row] = held[MENTIONS], held[FLAGS]
        out[_TAGS, row], out[_TAG_CHARS, row] = held[TAGS], held[TAG_CHARS]
        out[_CODES, row], out[_CODE_CHARS, row] = held[CODES], held[CODE_CHARS]


@njit(cache=True, nogil=True)
def _walk(data, start, stop, classes, seen, count, held):  # type: ignore[no-untyped-def]
    """Visit every code point of a text; return their number, the longest run of one, and of digits.

    What happens at every code point stays in registers, apart from the histogram ``seen``.
    """
    at, end = np.uint64(start), np.uint64(stop)
    chars = run = longest = han = latin = spaces = 0
    digits = digits_longest = 0
    last_digit = -9
    before, kind_before = np.uint32(0), np.uint8(OTHER)
    if end > at and (data[at] <= 0x20 or data[end - np.uint64(1)] <= 0x20):
        held[FLAGS] |= EDGES
    while at < end:
        code, step = decode(data, at)
        mark = classes[code] if code < 0x10000 else beyond(code)
        kind = mark & KIND
        chars += 1
        if kind == HAN:
            han += 1
        elif kind == LATIN:
            latin += 1
        elif kind == SPACE:
            spaces += 1
        else:
            count[kind] += 1
        if code == before:
            run += 1
            if run > longest and kind != SPACE:
                longest = run
        else:
            run = 1
        if kind != SPACE:
            seen[(code ^ (code >> np.uint32(8))) & np.uint32(_BUCKETS - 1)] += np.uint16(1)
        elif held[TAG_OPEN] >= 0:
            end_tag(held, chars, 2, 0)
            held[TAG_OPEN] = -1
        if mark & DIRTY:
            held[FLAGS] |= UNCLEAN
        if mark & NUMERAL:
            digits = digits + 1 if chars - last_digit <= _DIGIT_GAP else 1
            last_digit = chars
            digits_longest = max(digits_longest, digits)
        # Inside a word no letter begins a link or an invitation; they are by far the most of these characters.
        if mark & SPECIAL and not (kind == LATIN and 0x61 <= (before | np.uint32(0x20)) <= 0x7A):
            link = special(data, (at, step, end), code, (before, kind_before), chars, classes, held)
            if link > 0:
                chars += link - 1
                latin -= 1
                count[OTHER] += link
                at += np.uint64(link)
                before, kind_before = np.uint32(0), np.uint8(OTHER)
                continue
        before, kind_before = code, kind
        at += step
    count[HAN], count[LATIN], count[SPACE] = han, latin, spaces
    return chars, max(longest, min(chars, 1)), digits_longest


@njit(cache=True, nogil=True)
def _repetition(data, start, stop, seen, size):  # type: ignore[no-untyped-def]
    """How often the most frequent code point stands in a text, and how much of it is repetition."""
    chars, han = size
    top = distinct = 0
    for bucket in range(_BUCKETS):
        top = max(top, int(seen[bucket]))
        distinct += seen[bucket] != 0
    if chars >= 8 and top * 4 >= chars:
        top = top_count(data, start, stop)
    repeats = 0
    if chars >= 16 and distinct < 8 + han // 2 + (chars - han) // 12:
        repeats = repeated_chars(data, start, stop)
    return top, repeats
