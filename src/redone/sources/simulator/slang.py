"""Slang: words of one world that are born and die by date."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from redone.sources.simulator.drawing import draw
from redone.sources.simulator.lexicon import Lexicon, Word
from redone.sources.simulator.naming import slang_forms
from redone.sources.simulator.settings import WorldSettings


@dataclass(frozen=True, slots=True)
class Slang:
    """A slang word of both languages; ``word.zh_other`` and ``word.en_other`` say it plainly."""

    word: Word
    good: bool
    born: str
    died: str

    def alive(self, day: str) -> bool:
        """Whether people use the word on that day."""
        return self.born <= day and (not self.died or day <= self.died)


def make_slang(lexicon: Lexicon, settings: WorldSettings, rng: random.Random) -> tuple[Slang, ...]:
    """Two words per concept: the first dies at about the time when the second is born."""
    half = (settings.slang + 1) // 2
    good = draw(rng, lexicon.words["slang_good"], half, "slang")
    bad = draw(rng, lexicon.words["slang_bad"], settings.slang - half, "slang")
    concepts = [(word, True) for word in good] + [(word, False) for word in bad]
    forms = iter(slang_forms(lexicon, 2 * len(concepts), rng))
    first, last = date.fromisoformat(settings.first_day), date.fromisoformat(settings.last_day)
    words = []
    for plain, is_good in concepts:
        turn = first + (last - first) * rng.uniform(0.35, 0.65)
        overlap = timedelta(days=rng.randrange(10, 40))
        old, new = (Word(form.zh, form.en, (plain.zh,), (plain.en,)) for form in (next(forms), next(forms)))
        born = first - timedelta(days=rng.randrange(30, 700))
        words.append(Slang(old, is_good, born.isoformat(), (turn + overlap).isoformat()))
        words.append(Slang(new, is_good, turn.isoformat(), ""))
    return tuple(words)
