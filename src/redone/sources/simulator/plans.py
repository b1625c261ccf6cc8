"""What a note says, before it is said in one language: the plan of a note.

A plan can be written in both languages, so the same code makes monolingual notes and parallel text. Where its
labels come from is said in ``clauses``.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from redone.records.platform import Entity, Language
from redone.sources.simulator.clauses import SENTIMENTS, Clause, harm_clause, opinion_clause
from redone.sources.simulator.lexicon import Pattern, Word
from redone.sources.simulator.splits import Split, draw_for, pick_pattern, pick_time_and_company
from redone.sources.simulator.world import Topic, World

ENTITY_KINDS = ("brand", "product", "place", "price")
EMOJI = {
    "positive": ("😊", "👍", "[heart]"),
    "negative": ("😭", "👎", "[cry]"),
    "neutral": ("👀", "[ok]"),
    "sarcasm": ("[doge]", "🙃"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePlan:
    """Everything that a note says. ``words`` fill the slots of ``core`` and ``title``."""

    topic: Topic
    core: Pattern
    title: Pattern
    words: Mapping[str, Word]
    clause: Clause
    labels: Mapping[str, str]
    emoji: str = ""
    around: tuple[Pattern, ...] = ()
    """What a long post says before, amid and after the core; a short one has none."""

    def body(self, language: Language, form: int = 0) -> str:
        """The body in a language; ``form`` as in ``Pattern.fill`` (bit 0 synonyms, bit 1 other wording)."""
        space = "" if language == "zh" else " "
        parts = [
            self.core.fill(self.words, language, form=form),
            self.clause.pattern.fill(self.clause.words, language, form=form),
        ]
        if self.around:
            lead, middle, close = (pattern.fill({}, language) for pattern in self.around)
            parts = [lead, parts[0], middle, parts[1], close]
        return space.join([*parts, self.emoji] if self.emoji else parts)

    def headline(self, language: Language) -> str:
        """The title in a language."""
        return self.title.fill(self.words, language)

    def entities(self, language: Language) -> tuple[Entity, ...]:
        """The named things of the core, kind by kind."""
        slots = self.core.slots
        return tuple(
            Entity(kind, self.words[slot].say(language))
            for kind in ENTITY_KINDS
            for slot in (kind, f"{kind}2")
            if slot in slots
        )

    def said(self, language: Language) -> dict[str, str]:
        """Labels that quote the body: time, company, a sincere opinion word, the sentence that breaks a rule."""
        quoted = {"time": self.words["when"].say(language), "company": self.words["company"].say(language)}
        feel = self.clause.words.get("feel")
        if feel is not None and self.labels.get("sarcasm") != "yes":
            quoted["opinion"] = feel.say(language)
        if self.labels["harm"] != "none":
            quoted["evidence"] = self.clause.pattern.fill(self.clause.words, language)
        return {name: word for name, word in quoted.items() if word in self.body(language)}

    def facets(self) -> frozenset[str]:
        """What the note tells: kinds of named things, and ``review`` when it holds an opinion."""
        told = {kind for kind in ENTITY_KINDS if kind in self.core.slots}
        if self.labels.get("sentiment") in {"positive", "negative"}:
            told.add("review")
        return frozenset(told)

    def hashtags(self, language: Language) -> tuple[str, ...]:
        """The sub-category, the topic word and the place, where one is named."""
        tags = [self.topic.sub.say(language), self.topic.word.say(language)]
        if "place" in self.core.slots:
            tags.append(self.words["place"].say(language))
        return tuple(tags)


def price(rng: random.Random) -> Word:
    """A price from 5 to 99 units of money."""
    amount = rng.randrange(5, 100)
    return Word(f"{amount}元", f"${amount}")


def names(world: World, rng: random.Random) -> dict[str, Word]:
    """A random named thing for every entity slot."""
    brand, brand2 = rng.sample(world.brands, 2) if len(world.brands) > 1 else world.brands * 2
    places = world.words["place"]
    place, place2 = rng.sample(places, 2) if len(places) > 1 else places * 2
    product = rng.choice(world.words["product"])
    return {
        "brand": brand,
        "brand2": brand2,
        "place": place,
        "place2": place2,
        "product": product,
        "price": price(rng),
    }


def _emoji(world: World, labels: Mapping[str, str], rng: random.Random) -> str:
    """An emoji or platform code; one in five does not fit the mood, as in life."""
    if rng.random() >= world.settings.emoji:
        return ""
    mood = "sarcasm" if labels.get("sarcasm") == "yes" else labels.get("sentiment", "neutral")
    if rng.random() < 0.2:
        mood = rng.choice(SENTIMENTS)
    return rng.choice(EMOJI[mood])


def _any_tone(world: World, rng: random.Random, day: str) -> Clause:
    harmful = rng.random() < world.settings.harm
    return harm_clause(world, rng) if harmful else opinion_clause(world, rng, day)


_AROUND = ("lead", "middle", "close")


def _around(world: World, split: Split, rng: random.Random) -> tuple[Pattern, ...]:
    """The sentences around a core, where the style has any; a combination of the three is of one split."""
    if world.settings.style == "notes":
        return ()
    return draw_for(
        world,
        split,
        lambda: tuple(rng.choice(world.patterns(kind)) for kind in _AROUND),
        lambda drawn: ["around", *(pattern.name for pattern in drawn)],
    )


def _rest_key(core: Pattern, clause: Clause, named: Mapping[str, Word]) -> list[str]:
    """What a note says apart from topic, time and company."""
    said = [*clause.words.items(), *((slot, word) for slot, word in named.items() if slot in core.slots)]
    return [
        "rest",
        core.name,
        clause.pattern.name,
        *(word.en for _, word in sorted(said, key=lambda pair: pair[0])),
    ]


def plan_note(
    world: World,
    split: Split,
    topic: Topic,
    rng: random.Random,
    *,
    day: str,
    tone: Callable[[], Clause] | None = None,
) -> NotePlan:
    """A note about ``topic`` that belongs to ``split``, with everything else drawn from ``rng``.

    ``tone`` makes the clause after the core; without it harm, sarcasm and slang come at the world's rates.
    """
    settings = world.settings
    unseen = split == "test" and rng.random() < settings.unseen_share
    core = pick_pattern(world, split, "body", [topic.family], rng=rng, unseen=unseen)
    words = pick_time_and_company(world, split, rng) | {"topic": topic.word}
    bait = rng.random() < settings.clickbait
    title = pick_pattern(
        world,
        split,
        "bait" if bait else "title",
        [topic.family, words["when"].en],
        rng=rng,
        unseen=unseen,
    )
    tone = tone or partial(_any_tone, world, rng, day)
    clause, named = draw_for(
        world, split, lambda: (tone(), names(world, rng)), lambda drawn: _rest_key(core, *drawn)
    )
    words |= named
    leaning = world.leaning[topic.sub.en]
    labels = dict(clause.labels) | {
        "clickbait": "yes" if bait else "no",
        "appeal": "yes" if leaning == "both" else "no",
        "genre": core.tag,
    }
    return NotePlan(
        topic=topic,
        core=core,
        title=title,
        words=words,
        clause=clause,
        labels=labels,
        emoji=_emoji(world, labels, rng),
        around=_around(world, split, rng),
    )
