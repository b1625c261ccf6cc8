"""What comments and replies say, before they are said in one language."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from redone.records.platform import Language
from redone.sources.simulator.lexicon import Pattern, Word
from redone.sources.simulator.plans import names
from redone.sources.simulator.splits import Split, draw_for, pick_pattern
from redone.sources.simulator.world import Topic, World

EMOTIONS = ("joy", "anger", "sadness", "surprise")
_HIGHLIGHTED = ("brand", "product", "place")


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence with a feeling; it ends with the phrase of the person who writes it."""

    pattern: Pattern
    words: Mapping[str, Word]
    emotion: str

    def say(self, language: Language) -> str:
        """The remark in a language."""
        if "phrase" in self.pattern.slots:
            return self.pattern.fill(self.words, language)
        comma = "，" if language == "zh" else ", "
        return self.pattern.fill(self.words, language) + comma + self.words["phrase"].say(language)

    def highlights(self, language: Language) -> tuple[str, ...]:
        """The names that a reader would search for: brand, product, place; a bare topic word is none."""
        found = [self.words[kind].say(language) for kind in _HIGHLIGHTED if kind in self.pattern.slots]
        said = self.pattern.fill(self.words, language)
        return tuple(sorted(found, key=said.index))

    def rest(self) -> list[str]:
        """Everything but the topic, as a split key."""
        slots = sorted(self.pattern.slots - {"topic"})
        return ["rest", self.pattern.name, *(self.words[s].en for s in slots), self.words["phrase"].en]


def make_remark(
    world: World,
    split: Split,
    topic: Topic,
    kind: str,
    emotions: Sequence[str],
    phrase: Word,
    rng: random.Random,
) -> Remark:
    """A comment on a topic: ``comment`` names the topic alone, ``mention`` also a brand, place or product."""

    def draw() -> Remark:
        emotion = rng.choice(emotions)
        words = {"opener": rng.choice(world.words[emotion]), "topic": topic.word, "phrase": phrase}
        pattern = pick_pattern(world, split, kind, [topic.family], rng=rng)
        return Remark(pattern, words | names(world, rng), emotion)

    if kind == "comment":  # short: the dealt template is enough to keep the splits apart
        return draw()
    return draw_for(world, split, draw, Remark.rest)


def make_reply(
    world: World, split: Split, topic: Topic, emotion: str, phrase: Word, rng: random.Random
) -> Remark:
    """A reply that fits the emotion of the comment above it."""
    pattern = pick_pattern(world, split, emotion, [topic.family], rng=rng)
    return Remark(pattern, {"topic": topic.word, "phrase": phrase}, emotion)
