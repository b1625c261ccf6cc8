"""Queries, and how well notes answer them.

The rule of relevance: 3 when the note is about the queried topic word and tells what is asked (a price, a
place, a brand, an opinion); 2 when it is about the word but does not tell it; 1 for another word of the same
sub-category; 0 for another sub-category of the same top category; -1 otherwise.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from redone.records import Note, Query, Relevance, User
from redone.records.platform import Language
from redone.sources.simulator.days import any_day
from redone.sources.simulator.lexicon import Word
from redone.sources.simulator.plans import NotePlan
from redone.sources.simulator.splits import Split, deal
from redone.sources.simulator.world import Topic, World

INTENTS = ("price", "place", "brand", "review")
LEVELS = (3, 2, 1, 0, -1)


def relevance_level(topic: Topic, intent: str, plan: NotePlan) -> int:
    """The level by the rule above."""
    if plan.topic == topic:
        return 3 if intent in plan.facets() else 2
    if plan.topic.sub == topic.sub:
        return 1
    return 0 if plan.topic.category == topic.category else -1


def next_intent(plan: NotePlan) -> str:
    """What a reader of the note wants to know next: the first thing that it does not tell."""
    return next((intent for intent in INTENTS if intent not in plan.facets()), "review")


def audience_of(company: Word) -> Word:
    """For whom somebody searches who would go with ``company``."""
    zh, en = company.extra.split("=")
    return Word(zh, en)


def query_text(
    world: World, split: Split, topic: Topic, intent: str, company: Word, language: Language
) -> str:
    """The words of a query; of its wordings exactly one belongs to each split."""
    audience = audience_of(company)
    patterns = world.patterns(f"ask_{intent}")
    (pattern,) = deal(world, split, patterns, "query", topic.family, intent, audience.en)
    return pattern.fill({"topic": topic.word, "audience": audience}, language)


def write_queries(
    world: World,
    split: Split,
    notes: Sequence[tuple[Note, NotePlan]],
    users: Sequence[User],
    rng: random.Random,
) -> list[tuple[Query, Topic]]:
    """Every user searches; every second search comes from a note that was being read."""
    queries: list[tuple[Query, Topic]] = []
    for user in users:
        readable = [(n, p) for n, p in notes if n.language == user.language and n.author_id != user.id]
        liked = [(n, p) for n, p in readable if n.category[0] in user.interests] or readable
        for number in range(world.settings.queries_per_user if liked else 0):
            note, plan = rng.choice(liked)
            after = number % 2 == 1
            intent = next_intent(plan) if after else rng.choice(INTENTS)
            company = plan.words["company"] if after else rng.choice(world.words["company"])
            query = Query(
                id=f"{user.id}-q{number}",
                user_id=user.id,
                language=user.language,
                text=query_text(world, split, plan.topic, intent, company, user.language),
                created=note.created if after else any_day(world.settings, rng),
                after_note_id=note.id if after else "",
                labels={
                    "intent": intent,
                    "category": note.category[0],
                    "topic": plan.topic.word.say(user.language),
                    "audience": audience_of(company).say(user.language),
                },
            )
            queries.append((query, plan.topic))
    return queries


def judge(
    queries: Sequence[tuple[Query, Topic]], notes: Sequence[tuple[Note, NotePlan]], rng: random.Random
) -> list[Relevance]:
    """For each query one note of each level that the block has a note for, the best first."""
    judgements: list[Relevance] = []
    for query, topic in queries:
        by_level: dict[int, list[str]] = {}
        for note, plan in notes:
            if note.language == query.language:
                level = relevance_level(topic, query.labels["intent"], plan)
                by_level.setdefault(level, []).append(note.id)
        judgements += [
            Relevance(query_id=query.id, note_id=rng.choice(by_level[level]), level=level)
            for level in LEVELS
            if level in by_level
        ]
    return judgements
