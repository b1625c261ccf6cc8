"""How the public SNS-Bench scorer reads an output, defects kept (HC-Guo/SNS-Bench, June 2025).

The scorer's patterns were meant to cut at end-of-text markers such as "<|endofresponse|>", but the bar is not
escaped there, so the bare words "endofresponse", "end" and "im_end" and every "<" or ">" cut as well. A label
such as "Trends" can therefore never be right. Its ``eval`` of outputs is ``ast.literal_eval`` here: the same
values wherever no name or call is involved, and nothing that a model wrote is executed.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from typing import Any

_WORD_CUT = re.compile(r"[\n.,<>]|endofresponse")
_LABEL_CUT = re.compile(r"[\n.,<>]|endofresponse|im_end|end")
_LIST_CUT = re.compile(r"[\n<>]|endofresponse")
_GENERAL_CUT = re.compile(r"[\n.,]")
_ARTICLES = re.compile(r"\b(?:a|an|the)\b", re.IGNORECASE)
_BRACKETS = re.compile(r"\[[^\[\]]*\]")
_LEVEL = re.compile(r"-1|0|1|2|3")
_UNREADABLE = (ValueError, SyntaxError, TypeError, MemoryError, RecursionError)


def word(output: str) -> str:
    """Return the answer of a yes/no question."""
    return _cut(_WORD_CUT, output.replace("Answer:", "").strip()).strip()


def label(output: str) -> str:
    """Return the answer where one label is asked for."""
    return _cut(_LABEL_CUT, output.replace("Answer:", "").strip()).strip()


def general(text: str) -> str:
    """Return the text as OpenCompass normalises it for exact match: first clause, no signs, no articles."""
    plain = _ARTICLES.sub("", re.sub(r"[^\w\s]", "", _cut(_GENERAL_CUT, text)))
    return re.sub(r"\s+", " ", plain).strip()


def comma_set(text: str) -> set[str]:
    """Return the set of comma-separated items; blank pieces stay, as one empty item."""
    line = _cut(_LIST_CUT, text.replace("Answer:", "").strip())
    return {piece.strip() for piece in line.split(",") if piece}


def level(output: str) -> str | None:
    """Return the first relevance level that stands anywhere in the output ("10" reads as 1)."""
    found = _LEVEL.search(output)
    return found.group() if found else None


def joined_list(output: str) -> str | None:
    """Return the lines of the first list without inner brackets, joined; None where it is no list of text."""
    try:
        return "\n".join(_literal(_first_brackets(output))).strip()
    except _UNREADABLE:
        return None


def string_list(output: str) -> list[str] | None:
    """Return the first list without inner brackets; None where it is no list of strings."""
    try:
        value = _literal(_first_brackets(output))
    except _UNREADABLE:
        return None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        return None
    return value


def options(output: str) -> list[str] | None:
    """Return the options of the last result block, repeats dropped; None where it is not as asked for."""
    block = _last_result(output)
    if block is None:
        return None
    try:
        # Character sets, not words: letters of "json" and backticks are stripped from the block's edges.
        rows = json.loads(block.strip().lstrip("```json").rstrip("```"))  # noqa: B005
    except (ValueError, RecursionError):
        return None
    if not isinstance(rows, list):
        return None
    kept: dict[str, None] = {}
    for row in rows:
        if not isinstance(row, dict) or not isinstance(row.get("Option"), str):
            return None
        if not isinstance(row.get("Reason"), str):
            return None
        kept[row["Option"]] = None
    return list(kept)


def literal(text: str) -> Any:
    """Return the value of a Python literal.

    Raises:
        ValueError: it is no literal.

    """
    try:
        return _literal(text)
    except _UNREADABLE as error:
        raise ValueError(f"no literal: {text[:60]!r}") from error


def _literal(text: str) -> Any:
    with warnings.catch_warnings():
        # A model's "\d" is no concern of the person who reads the terminal.
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        return ast.literal_eval(text)


def _first_brackets(output: str) -> str:
    found = _BRACKETS.search(output)
    return found.group() if found else output


def _last_result(output: str) -> str | None:
    """Return the last block that the scorer's pattern finds, which needs at least one character inside."""
    block, at = None, 0
    while True:
        opened = output.find("<Result>", max(0, at - len("<Result>")))
        if opened < 0:
            return block
        start = opened + len("<Result>")
        end = output.find("</Result>", start + 1)
        if end < 0:
            return block
        block, at = output[start:end], end


def _cut(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return text[: found.start()] if found else text
