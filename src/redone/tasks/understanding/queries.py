"""What a searcher wants: the intent and the topic of a query."""

from __future__ import annotations

import random
from collections.abc import Iterator

from redone.records import Platform
from redone.tasks import rewards
from redone.tasks.lookup import top_categories
from redone.tasks.options import some_choices
from redone.tasks.task import Draft, Task
from redone.tasks.wording import listed, say


def _by_label(
    platform: Platform, name: str, pool: dict[str, list[str]], rng: random.Random
) -> Iterator[Draft]:
    for query in platform.queries:
        code = query.labels.get(name)
        if code is None or len(pool[query.language]) < 2:
            continue
        choices = some_choices(code, pool[query.language], 4, rng)
        said = tuple(say(choice, query.language) for choice in choices)
        yield Draft(
            language=query.language,
            slots={"text": query.text, "choices": listed(said, query.language)},
            answers=(say(code, query.language),),
            choices=said,
            units=(query.id, query.user_id),
        )


def _intent(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    seen = sorted({q.labels["intent"] for q in platform.queries if "intent" in q.labels})
    return _by_label(platform, "intent", {"zh": seen, "en": seen}, rng)


def _category(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    return _by_label(
        platform, "category", {lang: top_categories(platform, lang) for lang in ("zh", "en")}, rng
    )


QUERIES = (
    Task(
        id="query_intent",
        capability="understanding",
        suite="sns",
        title={"en": "Intent of a query", "zh": "搜索意图"},
        prompts={
            "en": (
                "Query: {text}\nIntent ({choices}):",
                'What does the searcher of "{text}" want: {choices}?',
                'Search "{text}", intent out of {choices}?',
            ),
            "zh": (
                "搜索：{text}\n意图({choices})：",
                "搜“{text}”的人想做什么：{choices}？",
                "搜索“{text}”，意图是{choices}中的哪个？",
            ),
        },
        answer="label",
        parser="label",
        reward=rewards.EXACT,
        metric="accuracy",
        needs=("queries.labels.intent",),
        truth="label",
        negatives="the other intents",
        build=_intent,
        max_share=0.5,
    ),
    Task(
        id="query_category",
        capability="understanding",
        suite="sns",
        title={"en": "Topic of a query", "zh": "搜索分类"},
        prompts={
            "en": (
                "Query: {text}\nTopic ({choices}):",
                'Pick the topic of the search "{text}" from {choices}.',
                'Search "{text}", which one fits, {choices}?',
            ),
            "zh": (
                "搜索：{text}\n话题({choices})：",
                "从{choices}中选出搜索“{text}”的话题。",
                "搜索“{text}”，话题是{choices}中的哪个？",
            ),
        },
        answer="label",
        parser="label",
        reward=rewards.EXACT,
        metric="accuracy",
        needs=("queries.labels.category", "notes.category"),
        truth="label",
        negatives="other top-level categories",
        build=_category,
        max_share=0.5,
    ),
)
