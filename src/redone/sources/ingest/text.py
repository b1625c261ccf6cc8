"""What a text may hold: invisible characters are stripped and counted, dangerous ones set the row aside."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Literal

from redone.sources.ingest.faults import BIDI, HIDDEN_IN_ID, LONE_SURROGATE, NUL, RowFault

BidiRule = Literal["quarantine", "strip"]

_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_PICTURE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u25a0-\u27bf"
    "\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_HIDDEN = re.compile(
    # Tag characters spell the flag of a region behind a black flag; anywhere else they are unseen text.
    "(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f)"
    "|[\u200b\u200c\u200e\u200f\u061c\u00ad\u180e\u2060-\u2064\u206a-\u206f\ufeff\U000e0001-\U000e007f]"
    # A joiner is kept inside an emoji sequence: after a picture (with variation or skin tone), before one.
    f"|(?<!{_PICTURE})(?<!\ufe0f)\u200d|\u200d(?!{_PICTURE})"
)
_CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f\ufff9-\ufffb]")
_ANY = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0001-\U000e007f]"
)


def clean_text(text: str, stripped: Counter[str], bidi: BidiRule = "quarantine") -> str:
    """The text without invisible characters; how many went is added to ``stripped`` by kind.

    Zero-width joiners inside emoji sequences and flag tags stay. Zero-width (non-)joiners elsewhere go: they
    carry meaning in Persian and Indic scripts, which is outside zh and en.

    Raises:
        RowFault: NUL, a lone surrogate, or a character that reorders text (unless ``bidi`` is "strip").

    """
    if not _ANY.search(text):
        return text
    if "\x00" in text:
        raise RowFault(NUL, f"at character {text.index(chr(0))}")
    if found := _SURROGATE.search(text):
        raise RowFault(LONE_SURROGATE, f"at character {found.start()}")
    if (found := _BIDI.search(text)) and bidi == "quarantine":
        raise RowFault(BIDI, f"U+{ord(found.group()):04X} at character {found.start()}")
    for name, pattern in (("bidi", _BIDI), ("zero-width", _HIDDEN), ("control", _CONTROL)):
        before = len(text)
        text = pattern.sub(_kept, text)
        if len(text) < before:
            stripped[name] += before - len(text)
    return text


def _kept(found: re.Match[str]) -> str:
    """What stays of a match: a flag sequence, if the pattern has one."""
    return (found.group(1) or "") if found.re.groups else ""


def clean_value(value: Any, stripped: Counter[str], bidi: BidiRule = "quarantine") -> Any:
    """``clean_text`` on every text inside a JSON value, keys included.

    Raises:
        RowFault: as ``clean_text``.

    """
    if isinstance(value, str):
        return clean_text(value, stripped, bidi)
    if isinstance(value, list):
        return [clean_value(item, stripped, bidi) for item in value]
    if isinstance(value, dict):
        return {clean_text(k, stripped, bidi): clean_value(v, stripped, bidi) for k, v in value.items()}
    return value


def check_id(value: Any, column: str) -> None:
    """Refuses ids that look the same as others but are not: nothing is stripped from an id.

    Raises:
        RowFault: an invisible or reordering character, or white space around the id.

    """
    if not isinstance(value, str):
        return
    if found := _ANY.search(value):
        raise RowFault(HIDDEN_IN_ID, f"column '{column}', U+{ord(found.group()):04X}")
    if value != value.strip():
        raise RowFault(HIDDEN_IN_ID, f"column '{column}' has white space around it")
