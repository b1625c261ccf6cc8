"""What the scan counts in a text: the names of its features, and the bits of its flags."""

from __future__ import annotations

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
