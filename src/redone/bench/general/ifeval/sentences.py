"""Counting sentences and words of English prose.

The public checker uses NLTK's trained splitter, whose model has to be downloaded; this one knows the usual
abbreviations, initials, decimals and ellipses instead. They differ on rare abbreviations only.
"""

from __future__ import annotations

import re

_ABBREVIATIONS = re.compile(
    r"\b(?:mr|mrs|ms|dr|prof|st|sr|jr|vs|etc|e\.g|i\.e|inc|ltd|co|corp|no|vol|fig|approx|dept|gen|col|sgt"
    r"|capt|lt|rev|hon|gov|sen|rep|pres|u\.s|u\.k|u\.n|a\.m|p\.m|ph\.d|b\.a|m\.a|p\.s|p\.p\.s"
    r"|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec)\.$",
    re.IGNORECASE,
)
_INITIAL = re.compile(r"(?:^|[\s(.])[A-Z]\.$")
_END = re.compile(r"[.!?。！？]+[\"'”’)\]]*(?=\s|$)")
_CAPITALS = re.compile(r"[^\W\d_][\w'’&.-]*", re.UNICODE)


def count_sentences(text: str) -> int:
    """Return the number of sentences; a last one without a full stop counts."""
    count, start = 0, 0
    for found in _END.finditer(text):
        part = text[start : found.end()].strip()
        following = text[found.end() :].lstrip()
        if found.group()[0] == "." and following:
            bare = text[start : found.start() + 1]
            if _ABBREVIATIONS.search(bare) or _INITIAL.search(bare) or following[:1].islower():
                continue
        if part:
            count += 1
        start = found.end()
    return count + bool(text[start:].strip())


def count_words(text: str) -> int:
    """Return the number of runs of word characters."""
    return len(re.findall(r"\w+", text))


def count_capital_words(text: str) -> int:
    """Return the number of words in capital letters only."""
    return sum(word.rstrip(".-'’").isupper() for word in _CAPITALS.findall(text))
