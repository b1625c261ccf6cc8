"""A world: what one seed draws from the lexicon, and the rules that hold on its platform."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from redone.errors import UserError
from redone.records import Term
from redone.records.platform import Language
from redone.sources.simulator.chance import keyed
from redone.sources.simulator.drawing import draw
from redone.sources.simulator.lexicon import Lexicon, Pattern, Word, load_lexicon
from redone.sources.simulator.lookalikes import families
from redone.sources.simulator.naming import brand_names
from redone.sources.simulator.settings import WorldSettings
from redone.sources.simulator.slang import Slang, make_slang


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic word with its place in the taxonomy; lookalike words have the same ``family``."""

    category: Word
    sub: Word
    word: Word
    family: str

    def path(self, language: Language) -> tuple[str, str, str]:
        """The three names from the root down."""
        return self.category.say(language), self.sub.say(language), self.word.say(language)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The lexicon of one platform. ``words`` holds the drawn words by kind (``place``, ``positive``, ...).

    ``leaning`` says who talks about a second-level category (its English name): ``both``, ``female`` or
    ``male``. It is drawn by the seed and follows no habit of the real world. ``held_out_templates`` are the
    note templates that only the test split uses.
    """

    settings: WorldSettings
    topics: tuple[Topic, ...]
    brands: tuple[Word, ...]
    words: Mapping[str, tuple[Word, ...]]
    slang: tuple[Slang, ...]
    leaning: Mapping[str, str]
    harms: tuple[str, ...]
    lexicon: Lexicon
    held_out_templates: frozenset[str]
    held_out_titles: frozenset[str]

    @property
    def seed(self) -> int:
        """The seed that made the world."""
        return self.settings.world_seed

    def patterns(self, kind: str) -> tuple[Pattern, ...]:
        """The sentence patterns of a kind, in the order of the table."""
        return self.lexicon.patterns[kind]

    def categories(self, language: Language) -> tuple[str, ...]:
        """The names of the top-level categories."""
        return tuple(dict.fromkeys(topic.category.say(language) for topic in self.topics))

    def policy(self) -> dict[str, str]:
        """The written policy: ``scam`` holds the English clause, ``scam:zh`` the Chinese one."""
        clauses: dict[str, str] = {}
        for name in self.harms:
            clause = self.lexicon.policy[name]["clause"][0]
            clauses[name] = clause.en
            clauses[f"{name}:zh"] = clause.zh
        return clauses

    def terms(self) -> tuple[Term, ...]:
        """The slang lexicon of the platform's languages."""
        return tuple(
            Term(
                text=slang.word.say(language),
                language=language,
                meaning=slang.word.say(language, other=True),
                born=slang.born,
                died=slang.died,
            )
            for language in self.settings.languages
            for slang in self.slang
        )


def _topics(lexicon: Lexicon, settings: WorldSettings, rng: random.Random) -> tuple[Topic, ...]:
    by_category: dict[Word, list[int]] = {}
    for index, sub in enumerate(lexicon.subs):
        by_category.setdefault(sub.category, []).append(index)
    places = []
    for category in draw(rng, tuple(by_category), settings.categories, "categories"):
        for index in draw(rng, by_category[category], settings.subs, "subs"):
            sub = lexicon.subs[index]
            for word in draw(rng, sub.words, settings.words, "words"):
                places.append((category, sub.name, word))
    kin = families([word for _, _, word in places])
    return tuple(Topic(*place, family) for place, family in zip(places, kin, strict=True))


_DRAWN = {
    "place": "places",
    "product": "products",
    "positive": "positive",
    "negative": "negative",
    "neutral": "neutral",
    "marker": "markers",
    "role": "roles",
    "phrase": "phrases",
    "when": "whens",
    "company": "whens",
}
_WHOLE = ("joy", "anger", "sadness", "surprise")


def make_world(settings: WorldSettings | None = None) -> World:
    """The world of ``settings.seed``; the same settings give the same world in every process.

    Raises:
        UserError: more words are asked for than the lexicon holds.

    """
    settings = settings or WorldSettings()
    lexicon = load_lexicon(settings.style)
    seed = settings.world_seed
    words = {
        kind: draw(keyed(seed, "words", kind), lexicon.words[kind], getattr(settings, name), name)
        for kind, name in _DRAWN.items()
    }
    topics = _topics(lexicon, settings, keyed(seed, "topics"))
    leaning_rng = keyed(seed, "leaning")
    subs = list(dict.fromkeys(topic.sub.en for topic in topics))
    sides = [("both", "female", "both", "male")[i % 4] for i in range(len(subs))]
    leaning_rng.shuffle(sides)
    bodies = [pattern.name for pattern in lexicon.patterns["body"]]
    titles = {kind: [p.name for p in lexicon.patterns[kind]] for kind in ("title", "bait")}
    if settings.held_out > len(bodies) - len(titles["title"]):
        raise UserError(
            f"simulator.held_out is {settings.held_out}: of {len(bodies)} note templates training needs "
            f"{len(titles['title'])}"
        )
    title_rng = keyed(seed, "held out titles")
    return World(
        settings=settings,
        topics=topics,
        brands=brand_names(lexicon, settings.brands, keyed(seed, "brands")),
        words=words | {kind: lexicon.words[kind] for kind in _WHOLE},
        slang=make_slang(lexicon, settings, keyed(seed, "slang")),
        leaning=dict(zip(subs, sides, strict=True)),
        harms=draw(keyed(seed, "harms"), tuple(lexicon.policy), settings.harms, "harms"),
        lexicon=lexicon,
        held_out_templates=frozenset(draw(keyed(seed, "held out"), bodies, settings.held_out, "held_out")),
        held_out_titles=frozenset(title_rng.sample(titles["title"], 2) + title_rng.sample(titles["bait"], 1)),
    )
