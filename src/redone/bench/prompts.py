"""The prompts, kept as data: our own wording, in English and Chinese, with a version that results carry."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from redone.bench.sets import SUITES, BenchSet, Item
from redone.errors import UserError
from redone.records import Message

LANGUAGES = ("en", "zh")
_HOLE = re.compile(r"\{([a-z_0-9]+)\}")
_FAMILIES = {
    "mmlu": "choice", "mmlu-pro": "choice", "cmmlu": "choice", "c-eval": "choice", "gpqa-diamond": "choice",
    "newsbench": "choice", "math-500": "mathematics", "aime2025": "mathematics",
    "gaokao-bench-objective": "gaokao", "halueval-general": "halueval", "wmt22": "translation",
    "wmt23": "translation", "wmt24": "translation", "flores": "translation",
}  # fmt: skip
_CHINESE = frozenset({"cmmlu", "c-eval", "newsbench", "gaokao-bench-objective"})
_LANGUAGE_NAMES = {
    "en": {
        "en": "English",
        "zh": "Chinese",
        "de": "German",
        "ja": "Japanese",
        "ru": "Russian",
        "cs": "Czech",
    },
    "zh": {"en": "英文", "zh": "中文", "de": "德文", "ja": "日文", "ru": "俄文", "cs": "捷克文"},
}


@dataclass(frozen=True, slots=True)
class PromptBook:
    """The prompts of a suite. ``version`` is the file's own and the first digits of its hash."""

    version: str
    language: str
    sets: Mapping[str, Mapping[str, Mapping[str, str]]]


@lru_cache(maxsize=len(SUITES))
def prompt_book(suite: str) -> PromptBook:
    """Return the prompts of a suite."""
    text = files("redone.bench").joinpath(f"data/prompts/{suite}.yaml").read_text(encoding="utf-8")
    data = YAML(typ="safe", pure=True).load(text)
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()[:8]
    return PromptBook(f"{data['version']}-{digest}", data["language"], data["sets"])


def prompt_for(bench_set: BenchSet, item: Item, language: str = "") -> tuple[Message, ...]:
    """Return the item's prompt; without a language, in the one that suits the set.

    Raises:
        UserError: the language is neither en nor zh.

    """
    book = prompt_book(bench_set.suite)
    chosen = language or ("zh" if bench_set.id in _CHINESE else book.language)
    if chosen not in LANGUAGES:
        raise UserError(f"prompt language {chosen!r}: choose from {', '.join(LANGUAGES)}")
    texts = book.sets[_family(bench_set, item)][chosen]
    values = _values(item, chosen)
    turns = [(role, texts[role]) for role in ("system", "user") if role in texts]
    return tuple(
        Message("system" if role == "system" else "user", _filled(text, values)) for role, text in turns
    )


def _family(bench_set: BenchSet, item: Item) -> str:
    if bench_set.id == "compassbench":
        return "choice" if "options" in item.row else "blank"
    return _FAMILIES.get(bench_set.id, bench_set.id)


def _filled(text: str, values: Mapping[str, str]) -> str:
    # One pass, so that braces inside an item are never taken for holes.
    return _HOLE.sub(lambda hole: values.get(hole[1], hole[0]), text)


def _values(item: Item, language: str) -> dict[str, str]:
    row: Mapping[str, Any] = item.row
    values = {str(name): value for name, value in row.items() if isinstance(value, str)}
    if isinstance(row.get("options"), list):
        letters = [chr(ord("A") + at) for at in range(len(row["options"]))]
        pairs = zip(letters, row["options"], strict=True)
        values["options"] = "\n".join(f"{letter}. {option}" for letter, option in pairs)
        values["letters"] = ", ".join(letters)
    if isinstance(row.get("test_list"), list):
        values["tests"] = "\n".join(map(str, row["test_list"]))
    if "src_lang" in row:
        names = _LANGUAGE_NAMES[language]
        values["source_language"] = names.get(row["src_lang"], row["src_lang"])
        values["target_language"] = names.get(row["dst_lang"], row["dst_lang"])
        values["source_text"] = str(row.get(row["src_lang"], row.get("source", "")))
    return values
