"""Plain platform text for pretraining, all of it from the ``base`` split.

More than a third of the lines are reposts ("X // X"): without dense text that repeats itself a small model
does not learn to copy, and every extraction task stays at zero. Dictionary lines and parallel posts tie the
two languages together; threads, searches and reading lists show what follows what on the platform.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from redone.records.platform import Language
from redone.sources.simulator.chance import keyed
from redone.sources.simulator.days import any_day
from redone.sources.simulator.lexicon import Word
from redone.sources.simulator.plans import NotePlan, names, plan_note
from redone.sources.simulator.remarks import EMOTIONS, make_remark, make_reply
from redone.sources.simulator.searching import INTENTS, next_intent, query_text
from redone.sources.simulator.world import World

DEFAULT_MIX: Mapping[str, float] = MappingProxyType(
    {
        "repost": 0.35,
        "note": 0.2,
        "thread": 0.12,
        "search": 0.1,
        "parallel": 0.1,
        "glossary": 0.08,
        "list": 0.05,
    }
)
"""Shares of the kinds of lines. 0.35 reposts is what a trial found enough; the rest is our choice."""

_REPOST = " // "


def documents(
    world: World, *, count: int, seed: int, mix: Mapping[str, float] = DEFAULT_MIX
) -> Iterator[str]:
    """``count`` short documents; number i is the same whatever ``count`` is.

    Raises:
        KeyError: ``mix`` names a kind that is not in ``DEFAULT_MIX``.

    """
    kinds, shares = list(mix), list(mix.values())
    writers = [_WRITERS[kind] for kind in kinds]
    for number in range(count):
        rng = keyed(world.seed, "documents", seed, number)
        language = rng.choice(world.settings.languages)
        yield rng.choices(writers, shares)[0](world, language, rng)


def _plan(world: World, rng: random.Random) -> NotePlan:
    topic = rng.choice(world.topics)
    return plan_note(world, "base", topic, rng, day=any_day(world.settings, rng))


def _post(plan: NotePlan, language: Language) -> str:
    tags = " ".join(f"#{tag}#" for tag in plan.hashtags(language)[:2])
    return f"{plan.headline(language)}\n{plan.body(language)} {tags}"


def _note(world: World, language: Language, rng: random.Random) -> str:
    return _post(_plan(world, rng), language)


def _comments(world: World, plan: NotePlan, language: Language, rng: random.Random) -> tuple[str, str]:
    """A comment on the plan's topic and a reply to it."""
    phrases = world.words["phrase"]
    kind = rng.choice(("comment", "mention"))
    remark = make_remark(world, "base", plan.topic, kind, EMOTIONS, rng.choice(phrases), rng)
    reply = make_reply(world, "base", plan.topic, remark.emotion, rng.choice(phrases), rng)
    return remark.say(language), reply.say(language)


def _thread(world: World, language: Language, rng: random.Random) -> str:
    plan = _plan(world, rng)
    return "\n".join((plan.headline(language), *_comments(world, plan, language, rng)))


def _search(world: World, language: Language, rng: random.Random) -> str:
    """What was searched and then opened, or what was read and then searched."""
    plan = _plan(world, rng)
    after = rng.random() < 0.5
    intent = next_intent(plan) if after else rng.choice(INTENTS)
    company = plan.words["company"] if after else rng.choice(world.words["company"])
    query = query_text(world, "base", plan.topic, intent, company, language)
    return f"{plan.body(language)}\n{query}" if after else f"{query}\n{plan.headline(language)}"


def _parallel(world: World, language: Language, rng: random.Random) -> str:
    plan = _plan(world, rng)
    other: Language = "en" if language == "zh" else "zh"
    say = plan.headline if rng.random() < 0.3 else plan.body
    return f"{say(language)} = {say(other)}"


def _glossary(world: World, language: Language, rng: random.Random) -> str:
    """One word in both languages, one taxonomy path, or one slang word with its meaning."""
    draw = rng.random()
    if draw < 0.15:
        return " > ".join(rng.choice(world.topics).path(language))
    if draw < 0.25:
        slang = rng.choice(world.slang).word
        return f"{slang.say(language)} = {slang.say(language, other=True)}"
    word = _any_word(world, rng)
    return f"{word.zh} = {word.en}" if language == "zh" else f"{word.en} = {word.zh}"


def _any_word(world: World, rng: random.Random) -> Word:
    kind = rng.choice(("topic", "topic", "brand", "place", "product", "positive", "negative", "neutral"))
    if kind == "topic":
        return rng.choice(world.topics).word
    return rng.choice(world.brands if kind == "brand" else world.words[kind])


def _list(world: World, language: Language, rng: random.Random) -> str:
    """The titles that somebody with one interest keeps."""
    category = rng.choice(world.topics).category
    topics = [topic for topic in world.topics if topic.category == category]
    day = any_day(world.settings, rng)
    plans = [
        plan_note(world, "base", topic, rng, day=day) for topic in rng.sample(topics, min(3, len(topics)))
    ]
    return " / ".join(plan.headline(language) for plan in plans)


def _repost(world: World, language: Language, rng: random.Random) -> str:
    plan = _plan(world, rng)
    kind = rng.random()
    if kind < 0.5:
        text = plan.body(language)
    elif kind < 0.65:
        text = plan.headline(language)
    elif kind < 0.8:
        text = rng.choice(_comments(world, plan, language, rng))
    else:
        named = [word.say(language) for word in names(world, rng).values()]
        text = " ".join(rng.sample(named, 3))
    return text + _REPOST + text


_WRITERS: Mapping[str, Callable[[World, Language, random.Random], str]] = {
    "repost": _repost,
    "note": _note,
    "thread": _thread,
    "search": _search,
    "parallel": _parallel,
    "glossary": _glossary,
    "list": _list,
}
