"""Further kinds of parallel text: tag lists, posts full of emoji, threads, and a glossary.

All of it is drawn from a generator of its own (keyed by the block), so that what ``parallel`` writes is the
same with and without it. A glossary word belongs to one split, like every other text.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from redone.records import ParallelText
from redone.records.platform import Language
from redone.sources.simulator.chance import keyed
from redone.sources.simulator.days import any_day
from redone.sources.simulator.lexicon import Word
from redone.sources.simulator.plans import EMOJI, plan_note
from redone.sources.simulator.remarks import EMOTIONS, make_remark, make_reply
from redone.sources.simulator.splits import Split, draw_for, split_of
from redone.sources.simulator.world import Topic, World

_SHARE_OF_USERS = 0.25
"""Texts of each kind per user of the block."""
_TAGS = 3
_NAMED = ("place", "product", "brand")


def write_more_parallel(
    world: World, split: Split, topics: Sequence[Topic], count: int, prefix: str
) -> list[ParallelText]:
    """Tag lists, emoji posts and threads for a block of ``count`` users, and the split's glossary."""
    rng = keyed(world.seed, "more parallel", prefix, count)
    found = [
        writer(world, split, rng.choice(topics), rng)
        for writer in (_tags, _emoji_post, _thread)
        for _ in range(max(1, round(count * _SHARE_OF_USERS)))
    ]
    found += [(f"word/{kind}", word.zh, word.en, "") for kind, word in glossary(world, split)]
    return [
        ParallelText(id=f"{prefix}-x{i}", zh=zh, en=en, kind=kind, template=template)
        for i, (kind, zh, en, template) in enumerate(found)
    ]


def glossary(world: World, split: Split) -> Iterator[tuple[str, Word]]:
    """The names and topic words that belong to a split, each with its kind."""
    for kind, word in _vocabulary(world):
        if split_of(world, "glossary", kind, word.en) == split:
            yield kind, word


def _vocabulary(world: World) -> Iterator[tuple[str, Word]]:
    for kind in _NAMED:
        for word in world.brands if kind == "brand" else world.words[kind]:
            yield kind, word
    for topic in world.topics:
        yield "topic", topic.word


Written = tuple[str, str, str, str]
"""Kind, Chinese, English, name of the sentence pattern."""


def _tags(world: World, split: Split, topic: Topic, rng: random.Random) -> Written:
    """Three hashtags: the topic and two named things, in mixed order."""

    def draw() -> list[Word]:
        kinds = rng.sample(_NAMED, _TAGS - 1)
        words = [rng.choice(world.brands if kind == "brand" else world.words[kind]) for kind in kinds]
        return rng.sample([topic.word, *words], _TAGS)

    words = draw_for(world, split, draw, lambda tags: ["tags", *sorted(word.en for word in tags)])
    zh, en = (" ".join(f"#{_one_word(word.say(lang))}" for word in words) for lang in ("zh", "en"))
    return "hashtags", zh, en, ""


def _one_word(text: str) -> str:
    """As a hashtag writes it: without spaces."""
    return text.replace(" ", "_")


def _emoji_post(world: World, split: Split, topic: Topic, rng: random.Random) -> Written:
    """A title and an opinion with emoji between and after them: they belong to the text."""
    day = any_day(world.settings, rng)
    plan = plan_note(world, split, topic, rng, day=day)
    every = sorted({emoji for some in EMOJI.values() for emoji in some})
    first, second, third = (rng.choice(every) for _ in range(3))

    def say(language: Language) -> str:
        tone = plan.clause.pattern.fill(plan.clause.words, language)
        return f"{first}{plan.headline(language)}{second} {tone}{third}{third}"

    return "emoji", say("zh"), say("en"), plan.title.name


def _thread(world: World, split: Split, topic: Topic, rng: random.Random) -> Written:
    """A comment and the reply to it, to be translated together."""
    phrases = world.words["phrase"]
    remark = make_remark(world, split, topic, "mention", EMOTIONS, rng.choice(phrases), rng)
    reply = make_reply(world, split, topic, remark.emotion, rng.choice(phrases), rng)
    zh, en = (f"{remark.say(lang)} / {reply.say(lang)}" for lang in ("zh", "en"))
    return "thread", zh, en, remark.pattern.name
