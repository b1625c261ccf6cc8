"""What a glossary makes possible: its pairs inside a text, and the text with one of them replaced."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from redone.records import ParallelText, Platform
from redone.tasks.translation.posts import is_special


@dataclass(frozen=True, slots=True)
class Pair:
    """A glossary entry; ``kind`` is what comes after the slash (``word/brand``)."""

    kind: str
    zh: str
    en: str

    def say(self, language: str) -> str:
        """The word in a language."""
        return self.zh if language == "zh" else self.en


def glossary_pairs(platform: Platform) -> tuple[Pair, ...]:
    """The distinct entries of the block's glossary."""
    entries = (item for item in platform.parallel if item.kind.partition("/")[0] == "word")
    return tuple(dict.fromkeys(Pair(e.kind.partition("/")[2], e.zh, e.en) for e in entries))


def with_pairs(platform: Platform) -> Iterator[tuple[ParallelText, list[Pair]]]:
    """Texts with the glossary entries that occur in both of their languages, as whole words, once each."""
    pairs = glossary_pairs(platform)
    for item in platform.parallel:
        if is_special(item):
            continue
        found = [p for p in pairs if p.en in item.en and item.zh.count(p.zh) == 1]
        found = [p for p in found if len(_whole(p.en).findall(item.en)) == 1]
        if found:
            yield item, found


def _whole(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z]){re.escape(word)}(?![A-Za-z])")


def replaced(text: str, language: str, old: Pair, new: str) -> str:
    """The text with one entry replaced where it stands as a whole word."""
    if language == "zh":
        return text.replace(old.zh, new)
    return _whole(old.en).sub(lambda _: new, text)


def another(pair: Pair, pairs: Sequence[Pair], text: str, language: str, rng: random.Random) -> Pair | None:
    """Another entry that the text does not hold, of the same kind where there is one."""
    pool: dict[bool, list[Pair]] = defaultdict(list)
    for other in pairs:
        if other != pair and other.say(language) not in text:
            pool[other.kind == pair.kind].append(other)
    chosen = pool[True] or pool[False]
    return rng.choice(chosen) if chosen else None
