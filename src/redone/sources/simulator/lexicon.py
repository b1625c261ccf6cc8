"""The words and sentence patterns that all worlds draw from, read from the tables in ``data/``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from redone.records.platform import Language

_SLOT = re.compile(r"{(\w+)}")
ALT_MARK = "|"
TEMPLATES = {"notes": ("templates.tsv",), "forum": ("templates.tsv", "forum.tsv")}
"""The tables of sentence patterns by style of platform, later ones over earlier ones."""


@dataclass(frozen=True, slots=True)
class Word:
    """One meaning in both languages; ``zh_other`` and ``en_other`` are further ways to say it."""

    zh: str
    en: str
    zh_other: tuple[str, ...] = ()
    en_other: tuple[str, ...] = ()
    extra: str = ""

    def say(self, language: Language, other: bool = False) -> str:
        """The word in a language, or its first synonym where ``other`` is asked and there is one."""
        main, others = (self.zh, self.zh_other) if language == "zh" else (self.en, self.en_other)
        return others[0] if other and others else main


@dataclass(frozen=True, slots=True)
class Pattern:
    """A sentence with slots (``{topic}``) in both languages, and its second wording where there is one.

    ``tag`` says what such a sentence does: the genre of a note, the act of a comment; empty for the rest.
    """

    name: str
    zh: str
    en: str
    zh_other: str = ""
    en_other: str = ""
    tag: str = ""

    @property
    def slots(self) -> frozenset[str]:
        """The names of the slots, the same in every wording."""
        return frozenset(_SLOT.findall(self.en))

    def fill(self, words: Mapping[str, Word], language: Language, *, form: int = 0) -> str:
        """The sentence with its slots filled.

        ``form`` 0 is the main wording; bit 0 asks for synonyms of the words, bit 1 for the other sentence.
        """
        main, other = (self.zh, self.zh_other) if language == "zh" else (self.en, self.en_other)
        text = other if form & 2 and other else main
        said = {slot: words[slot].say(language, bool(form & 1)) for slot in self.slots}
        filled = text.format(**said)
        return filled[:1].upper() + filled[1:] if text[:1] == "{" and text[-1:] in ".!?" else filled


@dataclass(frozen=True, slots=True)
class Sub:
    """A second-level category with its topic words."""

    category: Word
    name: Word
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything in ``data/``: ``words`` and ``patterns`` by kind, the policy rows, pieces of names."""

    subs: tuple[Sub, ...]
    words: Mapping[str, tuple[Word, ...]]
    patterns: Mapping[str, tuple[Pattern, ...]]
    policy: Mapping[str, Mapping[str, tuple[Pattern, ...]]]
    pieces: Mapping[str, tuple[str, ...]]


def _rows(name: str) -> Iterator[list[str]]:
    text = files("redone.sources.simulator").joinpath("data", name).read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            yield [cell.strip() for cell in line.split("\t")]


def _split(cells: list[str], index: int) -> tuple[str, ...]:
    return tuple(cells[index].split(ALT_MARK)) if len(cells) > index and cells[index] else ()


def _pattern(cells: list[str]) -> Pattern:
    pattern = Pattern(*cells)
    for text in (pattern.zh, pattern.zh_other, pattern.en_other):
        assert not text or set(_SLOT.findall(text)) == pattern.slots, (
            f"the wordings of {cells[0]} differ in slots"
        )
    return pattern


def _patterns(style: str) -> dict[str, tuple[Pattern, ...]]:
    """The sentence patterns by kind; a style replaces the kinds that it words its own way."""
    every: dict[str, tuple[Pattern, ...]] = {}
    for name in TEMPLATES[style]:
        found: dict[str, list[Pattern]] = {}
        for kind, *cells in _rows(name):
            found.setdefault(kind, []).append(_pattern(cells))
        every |= {kind: tuple(patterns) for kind, patterns in found.items()}
    return every


@cache
def load_lexicon(style: str = "notes") -> Lexicon:
    """The lexicon of the package in a style of platform; read once per process."""
    subs = []
    for category_zh, category_en, sub_zh, sub_en, pairs in _rows("topics.tsv"):
        words = tuple(Word(zh, en) for zh, en in (pair.split("=") for pair in pairs.split("|")))
        subs.append(Sub(Word(category_zh, category_en), Word(sub_zh, sub_en), words))
    words_by_kind: dict[str, list[Word]] = {}
    for cells in _rows("words.tsv"):
        word = Word(
            cells[1], cells[2], _split(cells, 3), _split(cells, 4), cells[5] if len(cells) > 5 else ""
        )
        words_by_kind.setdefault(cells[0], []).append(word)
    policy: dict[str, dict[str, list[Pattern]]] = {}
    for number, (category, verdict, zh, en) in enumerate(_rows("policy.tsv")):
        policy.setdefault(category, {}).setdefault(verdict, []).append(_pattern([f"h{number}", zh, en]))
    return Lexicon(
        subs=tuple(subs),
        words={kind: tuple(words) for kind, words in words_by_kind.items()},
        patterns=_patterns(style),
        policy={name: {v: tuple(p) for v, p in rows.items()} for name, rows in policy.items()},
        pieces={name: tuple(text.split()) for name, text in _rows("names.tsv")},
    )
