"""Words as the public SNS-Bench scorer cuts them: without emoji, by jieba, spaces being words too."""

from __future__ import annotations

import re
from functools import lru_cache

from redone.bench.packages import demoji, jieba

# No emoji sequence has an ASCII character other than the digits, "#" and "*" of keycaps, so that it lies
# within a run without any other. Matching runs instead of whole texts is about ten times faster.
_RUN = re.compile(r"[^\x00-\x22\x24-\x29\x2b-\x2f\x3a-\x7f]+")


@lru_cache(maxsize=16384)
def scorer_words(text: str) -> tuple[str, ...]:
    """Return jieba's words of the text without line ends, U+FFFD and emoji."""
    return tuple(jieba().cut(without_emoji(text.replace("\n", "").replace("\ufffd", ""))))


def without_emoji(text: str) -> str:
    """Return what ``demoji.replace`` returns."""
    return text if text.isascii() else _RUN.sub(_clean, text)


def _clean(run: re.Match[str]) -> str:
    found = run.group()
    return found if found.isascii() else str(demoji().replace(found))
