"""Reading SNS-Bench outputs without the public scorer's defects: what a person would take as the answer."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Sequence
from typing import Any

from redone.scoring.normalise import canonical

_MARKERS = re.compile(r"<\|?(?:endofresponse|im_end|end|endoftext|eot_id)\|?>")
# Possessive throughout: ten thousand line ends must not be parted in every possible way.
_LEAD = re.compile(
    r"^[*_#>\-\s]*+(?:final\s++)?(?:answer|output|答案|输出)\s*+[*_]*+\s*+[:：]\s*+[*_]*+", re.IGNORECASE
)
_YES_NO = re.compile(r"(?<![a-z])(yes|no)(?![a-z])|(是|否)", re.IGNORECASE)
_LEVEL = re.compile(r"(?<![\w.])([-\u2212\uff0d]?[0-9]+)(?:\.0+)?(?!\w|\.\d)")
_FENCE = re.compile(r"```[a-zA-Z]*\n?|```")
_LONGEST_LITERAL = 1_000_000


def plain(output: str) -> str:
    """Return the output without end-of-text markers and a leading "Answer:"."""
    return _LEAD.sub("", _MARKERS.sub("", output)).strip()


def line(output: str) -> str:
    """Return the first line that says something."""
    return next((part.strip() for part in plain(output).splitlines() if part.strip()), "")


def label(output: str) -> str:
    """Return the canonical label of the first line."""
    return canonical(line(output))


def yes_no(output: str) -> str:
    """Return "yes" or "no" where the first line that has one of them has only that one, else ""."""
    for part in plain(output).splitlines():
        found = {"yes" if m[0].lower() in {"yes", "是"} else "no" for m in _YES_NO.finditer(part)}
        if found:
            return found.pop() if len(found) == 1 else ""
    return ""


def path(output: str) -> tuple[str, ...]:
    """Return the canonical labels of a path written with bars."""
    return tuple(canonical(part) for part in line(output).split("|"))


def comma_set(output: str) -> frozenset[str]:
    """Return the canonical comma-separated items of the first line; blank ones are none."""
    items = (canonical(part) for part in re.split("[,，、]", line(output)))
    return frozenset(item for item in items if item)


def level(output: str, levels: Sequence[str]) -> str | None:
    """Return the one relevance level that the output names as a whole number, or None."""
    named = [found.replace("\u2212", "-").replace("\uff0d", "-") for found in _LEVEL.findall(plain(output))]
    kept = {name for name in named if name in levels}
    return kept.pop() if len(kept) == 1 and len(kept) == len(set(named)) else None


def string_list(output: str) -> list[str] | None:
    """Return the first list of strings, JSON or Python, brackets inside strings allowed; None without one."""
    text = _FENCE.sub("", plain(output))
    for value in _lists(text):
        if all(isinstance(item, str) for item in value):
            return value
    return None


def options(output: str) -> list[str] | None:
    """Return the options of the last result block that can be read; None without one."""
    blocks = output.split("<Result>")[1:]
    for block in reversed(blocks):
        for value in _lists(_FENCE.sub("", block.partition("</Result>")[0])):
            names = [row.get("Option") if isinstance(row, dict) else None for row in value]
            if all(isinstance(name, str) for name in names):
                return [str(name) for name in names]
    return None


def _lists(text: str) -> list[list[Any]]:
    """Return the top-level list that begins at the first bracket that begins one (at most 50 are tried)."""
    decoder = json.JSONDecoder(strict=False)
    at = text.find("[")
    for _ in range(50):
        if at < 0:
            break
        try:
            value, _end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            value = _python_list(text[at:])
        if isinstance(value, list):
            return [value]
        at = text.find("[", at + 1)
    return []


def _python_list(text: str) -> Any:
    """Return the Python literal that ends at the last closing bracket from which one can be read."""
    end = len(text) if len(text) < _LONGEST_LITERAL else 0
    for _ in range(20):
        end = text.rfind("]", 0, end)
        if end < 0:
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.literal_eval(text[: end + 1])
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
    return None
