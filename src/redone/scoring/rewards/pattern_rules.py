"""The format rules that a pattern reward knows. Each takes the answer and its settings and says yes or no.

Word counts follow ``tokenise``: a Chinese character, a Latin word and an emoji are one word each.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import regex  # type: ignore[import-untyped]

from redone.errors import UserError
from redone.scoring.normalise import CJK, canonical
from redone.scoring.tokens import tokenise

REGEX_SECONDS = 0.2
_JSON_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "number": (int, float),
    "boolean": bool,
    "list": list,
    "object": dict,
}


class PatternTimeout(Exception):
    """A regular expression took longer than ``REGEX_SECONDS`` on this answer."""


def _regex(answer: str, *, pattern: str) -> bool:
    try:
        return _compiled(pattern).fullmatch(answer, timeout=REGEX_SECONDS) is not None
    except TimeoutError:
        raise PatternTimeout(f"pattern {pattern!r:.80} ran longer than {REGEX_SECONDS} s") from None


def _json(answer: str, *, keys: Sequence[str] = (), types: Mapping[str, str] | None = None) -> bool:
    """One JSON value; with ``keys``, an object with exactly these; ``types`` by key from ``_JSON_TYPES``."""
    try:
        value = json.loads(answer)
    except (ValueError, RecursionError):
        return False
    if not keys and not types:
        return True
    if not isinstance(value, dict) or (keys and set(value) != set(keys)):
        return False
    return all(_has_type(value.get(key), kind) for key, kind in (types or {}).items())


def _has_type(value: object, kind: str) -> bool:
    if kind not in _JSON_TYPES:
        raise UserError(f"rule 'json': type {kind!r} is unknown; one of {', '.join(_JSON_TYPES)}")
    return isinstance(value, _JSON_TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    try:
        return regex.compile(pattern, flags=regex.VERSION1)
    except regex.error as error:
        raise UserError(f"pattern {pattern!r:.80} is no regular expression: {error}") from error


def _within(count: int, low: int | None, high: int | None) -> bool:
    return (low is None or count >= low) and (high is None or count <= high)


def _word_count(answer: str, *, min: int | None = None, max: int | None = None) -> bool:
    return _within(len(tokenise(answer)), min, max)


def _char_count(answer: str, *, min: int | None = None, max: int | None = None) -> bool:
    return _within(len(answer.strip()), min, max)


def _lines(answer: str, *, min: int | None = None, max: int | None = None) -> bool:
    return _within(len(_filled_lines(answer)), min, max)


def _bullets(answer: str, *, marker: str = "-", min: int | None = 1, max: int | None = None) -> bool:
    """Every line is a bullet with text behind it, and their number is within the bounds."""
    lines = _filled_lines(answer)
    texts = [line.removeprefix(marker).strip() for line in lines if line.startswith(marker)]
    return len(texts) == len(lines) and all(texts) and _within(len(lines), min, max)


def _filled_lines(answer: str) -> list[str]:
    return [line.strip() for line in answer.splitlines() if line.strip()]


def _upper(answer: str) -> bool:
    """Every cased letter is upper case, and there is one."""
    return answer.isupper()


def _lower(answer: str) -> bool:
    return answer.islower()


def _bracketed(answer: str, *, open: str = "[", close: str = "]") -> bool:
    """Return whether it starts with ``open``, ends with ``close``, and has text but neither between."""
    text = answer.strip()
    if not (text.startswith(open) and text.endswith(close) and len(text) > len(open) + len(close)):
        return False
    inside = text[len(open) : len(text) - len(close)]
    return bool(inside.strip()) and open not in inside and close not in inside


def _prefix(answer: str, *, text: str) -> bool:
    return answer.strip().startswith(text)


def _suffix(answer: str, *, text: str) -> bool:
    return answer.strip().endswith(text)


def _contains(answer: str, *, words: Sequence[str]) -> bool:
    """Every one of the words occurs."""
    plain = canonical(answer)
    return all(canonical(word) in plain for word in words)


def _excludes(answer: str, *, words: Sequence[str]) -> bool:
    """None of the words occurs."""
    plain = canonical(answer)
    return not any(canonical(word) in plain for word in words)


def _one_of(answer: str, *, choices: Sequence[str]) -> bool:
    return canonical(answer) in {canonical(choice) for choice in choices}


def _emoji(answer: str, *, min: int | None = 1, max: int | None = None) -> bool:
    return _within(len(_compiled(r"\p{Extended_Pictographic}").findall(answer)), min, max)


def _hashtags(answer: str, *, min: int | None = 1, max: int | None = None) -> bool:
    return _within(len(_compiled(r"[#\uff03][\p{L}\p{N}_]+").findall(answer)), min, max)


def _script(answer: str, *, language: str) -> bool:
    """Written in Chinese ("zh": CJK and no Latin letter) or English ("en": Latin and no CJK)."""
    cjk, latin = f"[{CJK}]", "[a-zA-Z]"
    if language not in ("zh", "en"):
        raise UserError(f"rule 'script': language {language!r} is unknown; one of zh, en")
    wanted, unwanted = (cjk, latin) if language == "zh" else (latin, cjk)
    return bool(_compiled(wanted).search(answer)) and not _compiled(unwanted).search(answer)


RULES: dict[str, Callable[..., bool]] = {
    "regex": _regex,
    "json": _json,
    "word_count": _word_count,
    "char_count": _char_count,
    "lines": _lines,
    "bullets": _bullets,
    "upper": _upper,
    "lower": _lower,
    "bracketed": _bracketed,
    "prefix": _prefix,
    "suffix": _suffix,
    "contains": _contains,
    "excludes": _excludes,
    "one_of": _one_of,
    "emoji": _emoji,
    "hashtags": _hashtags,
    "script": _script,
}
