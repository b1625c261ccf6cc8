"""Kernel pieces: what begins or ends at the few characters that mean something in posts.

Tags (``#tag#``), platform codes (``[doge]``), mentions, links, addresses, invitations. These characters are rare,
so what is counted of them lies in memory (``held``), while the scan keeps its own counts in registers.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from redone.corpus.kernels.classes import EMOJI, JOINER
from redone.corpus.kernels.feature_names import CONTACT, MAIL, PATHS, UNCLEAN
from redone.corpus.kernels.invitations import invites
from redone.corpus.kernels.signs import is_picture, is_word, link_end, says_at

FLAGS, LINKS, LINK_CHARS, MENTIONS, TAGS, TAG_CHARS, CODES, CODE_CHARS, TAG_OPEN, CODE_OPEN = range(10)
"""Places of ``held``; the last two are the numbers of the characters that opened a tag and a code, or -1."""
HELD = 10
_TAG_LIMIT = 40
_CODE_LIMIT = 8


@njit(cache=True, nogil=True)
def end_tag(held, chars, least, closing):  # type: ignore[no-untyped-def]
    """Count the tag that is open, if it has at least so many characters; ``closing`` more belong to it."""
    length = chars - held[TAG_OPEN]
    if held[TAG_OPEN] < 0 or not least <= length <= _TAG_LIMIT:
        return False
    held[TAGS] += 1
    held[TAG_CHARS] += length + closing
    return True


@njit(cache=True, nogil=True)
def special(data, place, code, before, chars, classes, held):  # type: ignore[no-untyped-def]
    """Count what a special character means; return the bytes of the link that begins there, else 0.

    Args:
        data: (bytes) uint8.
        place: (at, bytes of the character, end of the text), uint64.
        code: the character.
        before: (code point, class) of the one before it.
        chars: number of the character in its text, from 1.
        classes: see ``char_classes``.
        held: (``HELD``) int64, changed.

    """
    at, step, end = place
    last, kind = before
    one = np.uint64(1)
    if code == 0x0A:
        if at + one + one < end and data[at + one] == 0x0A and data[at + one + one] == 0x0A:
            held[FLAGS] |= UNCLEAN
    elif code == 0x23 or code == 0xFF03:
        held[TAG_OPEN] = -1 if end_tag(held, chars, 2, 1) else chars
    elif code == 0x5B or code == 0x28 or code == 0xFF08 or code == 0x3010:
        if code == 0x5B:
            held[CODE_OPEN] = chars
        if says_at(data, at + step, end):
            held[FLAGS] |= MAIL
    elif code == 0x5D:
        length = chars - held[CODE_OPEN]
        if held[CODE_OPEN] >= 0 and 1 < length <= _CODE_LIMIT + 1:
            held[CODES] += 1
            held[CODE_CHARS] += length + 1
        held[CODE_OPEN] = -1
    elif code == 0x40 or code == 0xFF20:
        if last < 0x80 and is_word(last):
            held[FLAGS] |= MAIL
        elif at + step < end and (data[at + step] >= 0x80 or is_word(data[at + step])):
            held[MENTIONS] += 1
    elif code == 0x2F:
        if last < 0x80 and is_word(last):
            held[FLAGS] |= PATHS
    elif code == 0x200D:
        if (kind != EMOJI and kind != JOINER) or not is_picture(data, at + step, end, classes):
            held[FLAGS] |= UNCLEAN
    else:
        return _link_or_invitation(data, np.int64(at), np.int64(end), code, last, held)
    return 0


@njit(cache=True, nogil=True)
def _link_or_invitation(data, at, end, code, last, held):  # type: ignore[no-untyped-def]
    if (code | 0x20 == 0x68 or code | 0x20 == 0x77) and not (last < 0x80 and is_word(last)):
        length = link_end(data, at, end) - at
        if length > 0:
            held[LINKS] += 1
            held[LINK_CHARS] += length
            return length
    if not held[FLAGS] & CONTACT and invites(data, at, end, code, last):
        held[FLAGS] |= CONTACT
    return 0
