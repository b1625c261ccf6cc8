"""Words of mixed text: Chinese, Japanese and Korean by character, other scripts by word, emoji whole.

Splitting on spaces makes one word of a Chinese sentence and drops emoji, which is why word metrics of common
libraries give 0 to identical Chinese texts. Punctuation is left out, unless nothing else is there.
"""

from __future__ import annotations

from functools import lru_cache

import regex  # type: ignore[import-untyped]

from redone.scoring.normalise import CJK, canonical

_TOKEN = regex.compile(
    rf"[{CJK}]"
    r"|\p{Regional_Indicator}{2}"
    r"|\p{Extended_Pictographic}\p{EMod}?(?:\u200d\p{Extended_Pictographic}\p{EMod}?)*"
    rf"|[[\p{{L}}\p{{N}}\p{{M}}]--[{CJK}]]+(?:'[[\p{{L}}]--[{CJK}]]+)*",
    flags=regex.VERSION1,
)


@lru_cache(maxsize=16384)
def tokenise(text: str) -> tuple[str, ...]:
    """Return the tokens of the canonical text; its characters one by one if it is punctuation only."""
    plain = canonical(text)
    return tuple(_TOKEN.findall(plain)) or tuple(plain.replace(" ", ""))
