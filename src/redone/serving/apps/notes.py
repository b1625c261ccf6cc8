"""A note as an application receives it: text from strangers, which is data and nothing else."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Language = Literal["zh", "en"]
SENTENCE = re.compile(r"[^。！？!?\n]*?(?:[。！？!?\n]+|\.(?=\s|$)|$)", re.DOTALL)
FRAGMENT = re.compile(r"[^,，;；:：、()（）\[\]\"“”—]+")
_HAN = re.compile("[\u3400-\u9fff]")


class NoteIn(BaseModel):
    """A note. ``entities`` are names that the caller knows to stand in it."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(default="", max_length=200)
    title: str = Field(default="", max_length=500)
    body: str = Field(default="", max_length=20_000)
    language: Language | None = None
    entities: list[str] = Field(default_factory=list, max_length=50)

    @field_validator("title", "body")
    @classmethod
    def _no_broken_characters(cls, text: str) -> str:
        if any("\ud800" <= sign <= "\udfff" for sign in text):
            raise ValueError("holds a lone surrogate, which is no character")
        return text

    @property
    def tongue(self) -> Language:
        """The language given, or told by its characters."""
        return self.language or ("zh" if _HAN.search(self.title + self.body) else "en")

    @property
    def text(self) -> str:
        """Title and body in one piece."""
        return "\n".join(part for part in (self.title, self.body) if part)


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text by its character positions."""

    start: int
    end: int
    text: str


def plain(text: str) -> str:
    """One line without control, format and private characters: what a prompt may hold of a note."""
    kept = "".join(c if not unicodedata.category(c).startswith("C") or c == "\u200d" else " " for c in text)
    return " ".join(kept.split())


def fragments(span: Span) -> list[Span]:
    """The parts of a sentence between commas and the like."""
    parts = []
    for match in FRAGMENT.finditer(span.text):
        kept = match.group().strip()
        if plain(kept):
            start = span.start + match.start() + match.group().index(kept)
            parts.append(Span(start, start + len(kept), kept))
    return parts


def sentences(text: str) -> list[Span]:
    """The sentences of a text, with their places in it; space around them is not part of them."""
    spans = []
    for match in SENTENCE.finditer(text):
        part = match.group()
        left = len(part) - len(part.lstrip())
        kept = part.strip()
        if plain(kept):
            spans.append(Span(match.start() + left, match.start() + left + len(kept), kept))
    return spans
