"""The canonical form of short texts, shared by metrics, rewards and answer parsers.

Two people who mean the same answer write it with full-width letters, other quotes, a final stop or spaces
between Chinese characters. Canonical text drops those differences and nothing else; it is for comparing,
not for showing. ``canonical(canonical(x)) == canonical(x)`` holds for every string.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

# Han with its extensions and 々〇, kana, Hangul: scripts written without spaces or compared by character.
CJK = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"

# Zero-width, bidi and variation-selector characters carry no meaning for comparison. The zero-width joiner
# (U+200D) stays, for it glues emoji together.
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]")
_PUNCTUATION = str.maketrans(
    {
        "。": ".",
        "、": ",",
        "“": '"',
        "”": '"',
        "„": '"',
        "‘": "'",
        "’": "'",
        "「": '"',
        "」": '"',
        "『": '"',
        "』": '"',
        "【": "[",
        "】": "]",
        "《": "<",
        "》": ">",
        "–": "-",
        "—": "-",
        "−": "-",
        "〜": "~",
        "・": "·",
    }
)
_SPACES = re.compile(r"\s+")
_CJK_GAP = re.compile(f"(?<=[{CJK}]) (?=[{CJK}])")
# A leading stop belongs to a number (".5"); everywhere else at the edges it is decoration.
_EDGES = re.compile(r"""^(?:[ ,;:!?"'`*]|\.(?!\d))+|[ .,;:!?"'`*]+$""")
_SEPARATORS = re.compile(r"[,，、;；|\n]")
_EMPTY_LISTS = frozenset({"", "[]", "none", "无", "没有"})


@lru_cache(maxsize=65536)
def tidy(text: str) -> str:
    """Full-width forms, quotes, invisible characters and runs of spaces made one; case and stops kept."""
    if text.isascii():
        return " ".join(text.split())
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).translate(_PUNCTUATION)
    text = _SPACES.sub(" ", text).strip()
    return _CJK_GAP.sub("", text)


@lru_cache(maxsize=65536)
def canonical(text: str) -> str:
    """``tidy`` text without case, and without stops and quotes at its edges unless that is all of it."""
    folded = tidy(text)
    # Folding can create characters that normalise again; two rounds reach the fixed point.
    for _ in range(2):
        folded = tidy(folded.casefold())
    return _EDGES.sub("", folded) or folded


def split_list(text: str) -> list[str]:
    """Return the canonical items of a JSON list, or of text with commas, semicolons, bars or lines.

    The words for an empty list ("[]", "none", "无") give no items. Order and repeats are kept.
    """
    if canonical(text) in _EMPTY_LISTS:
        return []
    parts: Iterable[object] = _SEPARATORS.split(text)
    stripped = text.strip()
    if stripped.startswith("[") and stripped.endswith("]"):
        try:
            loaded = json.loads(stripped)
        except (ValueError, RecursionError):
            parts = _SEPARATORS.split(stripped[1:-1])
        else:
            parts = [item for item in loaded if isinstance(item, str | int | float)]
    items = (canonical(str(part)) for part in parts)
    return [item for item in items if item]


def join_list(items: Iterable[str]) -> str:
    """Return the canonical text of a list, from which ``split_list`` gives the (canonical) items back.

    An empty list is "[]"; items that hold a separator themselves make it a JSON list.
    """
    kept = [item for item in (canonical(item) for item in items) if item]
    if not kept:
        return "[]"
    text = ", ".join(kept)
    return text if split_list(text) == kept else json.dumps(kept, ensure_ascii=False)
