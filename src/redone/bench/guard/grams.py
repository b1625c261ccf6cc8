"""Texts as sets of hashed character n-grams, blind to case, width, spaces, punctuation and emoji."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import numpy.typing as npt

from redone.scoring.normalise import CJK

Words = npt.NDArray[np.uint64]

SIZE = 12
"""Characters of an n-gram. One may be shared by accident, half of a text's are not."""

KEPT_WHOLE = 128
"""Distinct n-grams up to which a text is indexed by all of them; longer ones by every fourth hash."""

_DECORATION = re.compile(r"[\W_]+")
_IDEOGRAPH = re.compile(f"[{CJK}]")
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def compact(text: str) -> str:
    """Return letters and digits only, folded, so that layout and decoration do not hide a copy."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return _DECORATION.sub("", plain.casefold())


def weight(text: str) -> int:
    """Return how much a compact text says, in Latin letters; an ideograph counts as two."""
    return len(text) + len(_IDEOGRAPH.findall(text))


def sampled(hashes: Words) -> Words:
    """Return the hashes that a text is indexed by."""
    return hashes if len(hashes) <= KEPT_WHOLE else hashes[hashes % np.uint64(4) == 0]


def grams(text: str) -> Words:
    """Return the distinct hashed n-grams of a compact text, sorted; none where it is shorter than one."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    if len(codes) < SIZE:
        return np.empty(0, dtype=np.uint64)
    hashes = np.zeros(len(codes) - SIZE + 1, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for at in range(SIZE):
            hashes = hashes * _MULTIPLIER + codes[at : at + len(hashes)]
        hashes ^= hashes >> np.uint64(29)
        hashes *= _MULTIPLIER
    return np.unique(hashes)
