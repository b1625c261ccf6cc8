"""From the text a model wrote to the canonical answer, or None when no single answer can be read.

The rule behind all parsers: forgive form, never content. Case, width, spaces, closing punctuation, a short
lead-in ("Topic: food") and a rationale before an answer marker are form. A second answer, an option list, or
an explanation after the answer is content: such text has no single answer, so that hedging earns nothing.
The canonical answer keeps the surface of its words (case, order of a list), because it is also what a model
is taught to write; rewards compare it in folded form. The papers leave answer extraction open; all of this
is our choice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from redone.scoring.normalise import canonical, join_list, split_list, tidy

Parser = Callable[[str, Sequence[str]], str | None]

NOTHING = join_list([])
"""The canonical empty list, also the answer to a question that the text does not answer."""

_THINK = re.compile(r"<think>.*?</think>", re.DOTALL | re.IGNORECASE)
_MARKER = re.compile(
    r"(?:(?:the\s+)?(?:final\s+)?\banswer(?:\s+is)?\b|(?:最终|所以)?答案(?:是)?)\s*[:：]?\s*", re.IGNORECASE
)
_LEAD_IN = re.compile(r"^[^\W\d_][^:：\n,，、;；|]{0,15}[:：]\s*")
_FENCE = re.compile(r"^```[a-zA-Z]*\n?(.*?)\n?```$", re.DOTALL)
_CODE_LEAD_IN = re.compile(r"^(?:answer|答案|code|代码)\s*[:：]?\s+|^return\s+", re.IGNORECASE)
_TEXT_LEAD_IN = re.compile(
    r"^(?:answer|translation|english|chinese|title|query|reply|答案|译文|翻译|英文|中文|标题|搜索|回复)\s*[:：]\s*",
    re.IGNORECASE,
)
_QUOTED = frozenset({'""', "“”", "「」", "''", "《》"})
_EDGE = " .,;:!?\"'`*()[]{}<>#·~"
_LIST_SPLIT = re.compile(r"[,;|\n]")
_PATH_SPLIT = re.compile(r"\s*(?:\||/|>|›|→|->)\s*")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_EQUATION = re.compile(r"^[\d\s.+\-*/×÷()]+=\s*([-+]?\d+(?:\.\d+)?)$")
_SEPARATED = re.compile(r"[\s,，、;；]+")


def without_thinking(text: str) -> str:
    """Return the text after its ``<think>`` blocks; empty when a block was never closed."""
    text = _THINK.sub("", text)
    return "" if "<think>" in text.lower() else text.strip()


def _agreed(text: str, read: Callable[[str], str | None]) -> str | None:
    """One reading of what follows the answer markers (or of the whole text when there is none).

    None when the last marked answer is unreadable or two of them differ.
    """
    parts = _MARKER.split(without_thinking(text))
    segments = [part for part in parts[1:] if part.strip(_EDGE + "\n")] if len(parts) > 1 else parts
    readings = [read(segment) for segment in segments]
    if not readings or readings[-1] is None:
        return None
    return readings[-1] if len({reading for reading in readings if reading is not None}) == 1 else None


def _bare(segment: str) -> str:
    """Return the segment without a lead-in; the segment itself where nothing would be left."""
    stripped = segment.strip()
    return _LEAD_IN.sub("", stripped) or stripped


def tidy_lines(text: str) -> str:
    """Return the text tidied line by line, for line breaks separate list items."""
    return "\n".join(tidy(line) for line in text.splitlines())


def parse_label(text: str, choices: Sequence[str]) -> str | None:
    """Return the one choice that the text names: ``Topic: food.`` is ``food``, ``food, tech`` is None."""
    by_form = {canonical(choice).strip(_EDGE): choice for choice in choices}

    def read(segment: str) -> str | None:
        for candidate in (segment, _bare(segment)):
            found = by_form.get(canonical(candidate).strip(_EDGE))
            if found is not None:
                return found
        return None

    return _agreed(text, read)


def parse_list(text: str, choices: Sequence[str]) -> str | None:
    """Read the distinct items in their order, joined by ``", "``; ``[]`` for a list said to be empty."""

    def read(segment: str) -> str | None:
        plain = _bare(segment).replace(" #", ",#")
        if not plain:
            return None
        if not split_list(plain):
            return NOTHING
        distinct: dict[str, str] = {}
        for piece in _LIST_SPLIT.split(tidy_lines(plain)):
            item = piece.strip(_EDGE)
            if item:
                distinct.setdefault(canonical(item), item)
        return ", ".join(distinct.values()) or None

    return _agreed(text, read)


def parse_path(text: str, choices: Sequence[str]) -> str | None:
    """Two or more levels joined by ``" | "``; None for fewer."""

    def read(segment: str) -> str | None:
        levels = [level.strip(_EDGE) for level in _PATH_SPLIT.split(tidy(_bare(segment)))]
        return " | ".join(levels) if len(levels) > 1 and all(levels) else None

    return _agreed(text, read)


def parse_number(text: str, choices: Sequence[str]) -> str | None:
    """Return the only number, or the right side of one equation, without padding zeros (``007`` is ``7``)."""

    def read(segment: str) -> str | None:
        plain = re.sub(r"(?<=\d),(?=\d{3}\b)", "", canonical(segment))
        equation = _EQUATION.match(plain)
        plain = equation.group(1) if equation else _LEAD_IN.sub("", plain)
        return canonical_number(plain) if _NUMBER.fullmatch(plain) else None

    return _agreed(text, read)


def canonical_number(text: str) -> str:
    """Return the number without plus sign and padding zeros: ``+07.50`` is ``7.5``, ``-0`` is ``0``."""
    whole, _, rest = text.lstrip("+-").partition(".")
    whole, rest = whole.lstrip("0") or "0", rest.rstrip("0")
    body = f"{whole}.{rest}" if rest else whole
    return f"-{body}" if text.startswith("-") and body != "0" else body


def parse_text(text: str, choices: Sequence[str]) -> str | None:
    """Return the first line without lead-in and outer quotes; case and stops stay for the metric."""
    lines = [line.strip() for line in without_thinking(text).splitlines() if line.strip()]
    if not lines:
        return None
    line = _TEXT_LEAD_IN.sub("", lines[0]).strip()
    if len(line) > 1 and line[0] + line[-1] in _QUOTED:
        line = line[1:-1]
    return " ".join(line.split()) or None


def parse_span(text: str, choices: Sequence[str]) -> str | None:
    """Return a short verbatim piece on one line, or ``NOTHING`` when the answer says that there is none."""

    def read(segment: str) -> str | None:
        if "\n" in segment.strip():
            return None
        plain = _bare(segment)
        if not plain:
            return None
        return tidy(plain).strip(_EDGE) or None if split_list(plain) else NOTHING

    return _agreed(text, read)


def parse_words(text: str, choices: Sequence[str]) -> str | None:
    """Return a sequence of words in order, separated by single spaces (sorting, reversal)."""

    def read(segment: str) -> str | None:
        words = [tidy(word).strip(_EDGE) for word in _SEPARATED.split(_bare(segment))]
        return " ".join(word for word in words if word) or None

    return _agreed(text, read)


def parse_code(text: str, choices: Sequence[str]) -> str | None:
    """One expression without fences, backticks, ``answer`` marker or ``return``."""
    plain = without_thinking(text)
    fenced = _FENCE.match(plain)
    plain = fenced.group(1) if fenced else plain
    plain = _CODE_LEAD_IN.sub("", plain.strip().strip("`").strip())
    return plain if plain and "\n" not in plain else None


def parse_free(text: str, choices: Sequence[str]) -> str | None:
    """Return the whole text, trimmed: for tasks whose reward is its form."""
    return without_thinking(text) or None


PARSERS: dict[str, Parser] = {
    "label": parse_label,
    "list": parse_list,
    "path": parse_path,
    "number": parse_number,
    "text": parse_text,
    "span": parse_span,
    "words": parse_words,
    "code": parse_code,
    "free": parse_free,
}
