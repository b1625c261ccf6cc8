"""One pass over the bytes of a text column that yields every feature which filters and masking need.

A code point is visited once. What is rare (repetition, an exact count of the top character) is worked out in a
second look at the few rows whose cheap bounds allow it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from redone.corpus.kernels.classes import (
    DIRTY,
    EMOJI,
    HAN,
    JOINER,
    KIND,
    LATIN,
    NUMERAL,
    OTHER,
    SPACE,
    SPECIAL,
)
from redone.corpus.kernels.repeats import repeated_chars, top_count

FEATURES = (
    "chars", "han", "latin", "digits", "spaces", "emoji", "kana", "hangul", "letters", "symbols",
    "top", "run", "repeats", "links", "link_chars", "mentions", "tags", "tag_chars", "codes", "code_chars",
    "numerals", "flags",
)  # fmt: skip
"""Rows of the scan's result. ``symbols`` are code points of no other kind; ``emoji`` does not count codes;
``numerals`` is the longest run of digits in any script, single separators allowed."""

UNCLEAN, MAIL, CONTACT, EDGES, PATHS = 1, 2, 4, 8, 16
"""Bits of ``flags``: may need normalising; an at sign inside a word; an invitation to another channel;
white space at an end;
a slash between letters or after a domain."""

_ORDER = (9, 1, 2, 3, 4, 5, 6, 7, 8)
"""Row of the result for each kind of character."""
_BUCKETS = 256
_TAG_LIMIT = 40
_CODE_LIMIT = 8
(
    _CHARS, _HAN, _LATIN, _DIGITS, _SPACES, _EMOJI, _KANA, _HANGUL, _LETTERS, _SYMBOLS,
    _TOP, _RUN, _REPEATS, _LINKS, _LINK_CHARS, _MENTIONS, _TAGS, _TAG_CHARS, _CODES, _CODE_CHARS,
    _NUMERALS, _FLAGS,
) = range(len(FEATURES))  # fmt: skip


@njit(inline="always")
def _beyond(code):  # type: ignore[no-untyped-def]
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


@njit(inline="always")
def _is_word(byte):  # type: ignore[no-untyped-def]
    return (0x30 <= byte <= 0x39) or (0x41 <= (byte & 0xDF) <= 0x5A) or byte == 0x5F


@njit(cache=True, nogil=True)
def _link_end(data, at, end):  # type: ignore[no-untyped-def]
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
def _invites(data, at, end, code, before):  # type: ignore[no-untyped-def]
    """Whether an invitation may start here: 微信, vx, wx, QQ, 加V, 私信, wechat, tg and the like."""
    after = data[at + 1] if at + 1 < end else 0
    near = after | 0x20
    if code >= 0x80:
        if at + 3 >= end:
            return False
        after = data[at + 3]
        if after < 0x80:
            return code == 0x52A0 and (0x61 <= (after | 0x20) <= 0x7A or after == 0x2B)
        if at + 5 >= end or not 0xE0 <= after < 0xF0:
            return False
        then = ((after & 0x0F) << 12) | ((data[at + 4] & 0x3F) << 6) | (data[at + 5] & 0x3F)
        if code == 0x52A0:
            # 加 with 我 微 薇 扣 群 企 威 and the heavy or full-width plus
            return (then == 0x6211 or then == 0x5FAE or then == 0x8587 or then == 0x6263 or then == 0x7FA4
                    or then == 0x4F01 or then == 0x5A01 or then == 0xFF36 or then == 0x2795)  # fmt: skip
        if code == 0x7535 or code == 0x4F01 or code == 0x7EB8 or code == 0x7FA4:
            # 电报 企鹅 纸飞机 群号
            return then == 0x62A5 or then == 0x9E45 or then == 0x98DE or then == 0x53F7
        # 微 薇 徽 威 卫 私 扣 with 信 芯 星 我 聊 戳 扣
        return (then == 0x4FE1 or then == 0x82AF or then == 0x661F or then == 0x6211 or then == 0x804A
                or then == 0x6233 or then == 0x6263)  # fmt: skip
    low = code | 0x20
    if 0x61 <= (before | 0x20) <= 0x7A:
        return False
    if low == 0x76:
        if (
            near == 0x78
            or after == 0x3A
            or before == 0x52A0
            or before == 0x2B
            or before == 0xFF0B
            or before == 0x2795
        ):
            return True
        if not 0xE0 <= after < 0xF0 or at + 3 >= end:
            return False
        then = ((after & 0x0F) << 12) | ((data[at + 2] & 0x3F) << 6) | (data[at + 3] & 0x3F)
        return then == 0x4FE1 or then == 0xFF1A or then == 0x2764
    if low == 0x77:
        return (
            near == 0x78
            or (near == 0x65 and at + 2 < end and (data[at + 2] | 0x20) == 0x63)
            or (near == 0x68 and at + 4 < end and (data[at + 4] | 0x20) == 0x73)
        )
    if low == 0x71:
        # QQ, Q群
        return near == 0x71 or (after == 0xE7 and at + 2 < end and data[at + 2] == 0xBE)
    if low == 0x74:
        return near == 0x67 or (
            near == 0x65 and at + 3 < end and (data[at + 2] | 0x20) == 0x6C and data[at + 3] == 0x65
        )
    return False


@njit(cache=True, nogil=True)
def _says_at(data, at, end):  # type: ignore[no-untyped-def]
    """Whether the word ``at`` begins here, one space before it allowed: ``name [at] host``."""
    two, three = np.uint64(2), np.uint64(3)
    if at < end and data[at] == 0x20:
        at += np.uint64(1)
    return (
        at + three <= end
        and data[at] | 0x20 == 0x61
        and data[at + np.uint64(1)] | 0x20 == 0x74
        and not _is_word(data[at + two])
    )


@njit(cache=True, nogil=True)
def _picture(data, at, end, classes):  # type: ignore[no-untyped-def]
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


@njit(cache=True, nogil=True)
def scan(offsets, data, classes, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` (features x rows, int32) from the buffers of a text column.

    Positions are unsigned so that no index is tested for being negative; what happens at every code point stays
    in registers, apart from the histogram.
    """
    one, two, three, four = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)
    seen = np.zeros(_BUCKETS, dtype=np.uint16)
    count = np.zeros(16, dtype=np.int32)
    for row in range(len(offsets) - 1):
        at, end = np.uint64(offsets[row]), np.uint64(offsets[row + 1])
        seen[:] = 0
        count[:] = 0
        chars = run = longest = han = latin = spaces = 0
        flags = links = link_chars = mentions = tags = tag_chars = codes = code_chars = 0
        digits_run = digits_longest = 0
        last_digit, tag_open, code_open = -9, -1, -1
        before, kind_before = np.uint32(0), np.uint8(OTHER)
        if end > at and (data[at] <= 0x20 or data[end - one] <= 0x20):
            flags |= EDGES
        while at < end:
            first = data[at]
            if first < 0x80:
                code, step = np.uint32(first), one
                mark = classes[code]
            elif first >= 0xE0:
                if first < 0xF0:
                    code = (
                        (np.uint32(first & 0x0F) << np.uint32(12))
                        | (np.uint32(data[at + one] & 0x3F) << np.uint32(6))
                        | np.uint32(data[at + two] & 0x3F)
                    )
                    step = three
                    mark = classes[code]
                else:
                    code = (
                        (np.uint32(first & 0x07) << np.uint32(18))
                        | (np.uint32(data[at + one] & 0x3F) << np.uint32(12))
                        | (np.uint32(data[at + two] & 0x3F) << np.uint32(6))
                        | np.uint32(data[at + three] & 0x3F)
                    )
                    step = four
                    mark = _beyond(code)
            else:
                code = (np.uint32(first & 0x1F) << np.uint32(6)) | np.uint32(data[at + one] & 0x3F)
                step = two
                mark = classes[code]
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
            elif tag_open >= 0:
                if 1 < chars - tag_open <= _TAG_LIMIT:
                    tags += 1
                    tag_chars += chars - tag_open
                tag_open = -1
            if mark & (DIRTY | NUMERAL | SPECIAL):
                if mark & DIRTY:
                    flags |= UNCLEAN
                if mark & NUMERAL:
                    digits_run = digits_run + 1 if chars - last_digit <= 4 else 1
                    last_digit = chars
                    digits_longest = max(digits_longest, digits_run)
                if mark & SPECIAL:
                    if code == 0x0A:
                        if at + two < end and data[at + one] == 0x0A and data[at + two] == 0x0A:
                            flags |= UNCLEAN
                    elif code == 0x23 or code == 0xFF03:
                        if tag_open >= 0 and 1 < chars - tag_open <= _TAG_LIMIT:
                            tags += 1
                            tag_chars += chars - tag_open + 1
                            tag_open = -1
                        else:
                            tag_open = chars
                    elif code == 0x5B or code == 0x28 or code == 0xFF08 or code == 0x3010:
                        if code == 0x5B:
                            code_open = chars
                        if _says_at(data, at + step, end):
                            flags |= MAIL
                    elif code == 0x5D:
                        if code_open >= 0 and 1 < chars - code_open <= _CODE_LIMIT + 1:
                            codes += 1
                            code_chars += chars - code_open + 1
                        code_open = -1
                    elif code == 0x40 or code == 0xFF20:
                        if before < 0x80 and _is_word(before):
                            flags |= MAIL
                        elif at + step < end and (data[at + step] >= 0x80 or _is_word(data[at + step])):
                            mentions += 1
                    elif code == 0x2F:
                        if before < 0x80 and _is_word(before):
                            flags |= PATHS
                    elif code == 0x200D:
                        if (kind_before != EMOJI and kind_before != JOINER) or not _picture(
                            data, at + step, end, classes
                        ):
                            flags |= UNCLEAN
                    else:
                        if (code | 0x20 == 0x68 or code | 0x20 == 0x77) and not (
                            before < 0x80 and _is_word(before)
                        ):
                            length = _link_end(data, np.int64(at), np.int64(end)) - np.int64(at)
                            if length > 0:
                                links += 1
                                link_chars += length
                                chars += length - 1
                                latin -= 1
                                count[OTHER] += length
                                at += np.uint64(length)
                                before, kind_before = np.uint32(0), np.uint8(OTHER)
                                continue
                        if not flags & CONTACT and _invites(data, np.int64(at), np.int64(end), code, before):
                            flags |= CONTACT
            before, kind_before = code, kind
            at += step
        if tag_open >= 0 and 1 <= chars - tag_open <= _TAG_LIMIT:
            tags += 1
            tag_chars += chars - tag_open + 1
        top = distinct = 0
        for bucket in range(_BUCKETS):
            top = max(top, int(seen[bucket]))
            distinct += seen[bucket] != 0
        if chars >= 8 and top * 4 >= chars:
            top = top_count(data, offsets[row], offsets[row + 1])
        bound = 8 + han // 2 + (chars - han) // 12
        repeats = 0
        if chars >= 16 and distinct < bound:
            repeats = repeated_chars(data, offsets[row], offsets[row + 1])
        count[HAN], count[LATIN], count[SPACE] = han, latin, spaces
        for place in range(1, 9):
            out[_ORDER[place], row] = count[place]
        out[_SYMBOLS, row] = count[OTHER]
        out[_CHARS, row], out[_TOP, row], out[_RUN, row] = chars, top, max(longest, min(chars, 1))
        out[_REPEATS, row] = repeats
        out[_LINKS, row], out[_LINK_CHARS, row], out[_MENTIONS, row] = links, link_chars, mentions
        out[_TAGS, row], out[_TAG_CHARS, row] = tags, tag_chars
        out[_CODES, row], out[_CODE_CHARS, row] = codes, code_chars
        out[_NUMERALS, row], out[_FLAGS, row] = digits_longest, flags
