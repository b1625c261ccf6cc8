"""The same text in Chinese and English, with its other good versions."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial

from redone.records import ParallelText
from redone.sources.simulator.clauses import opinion_clause
from redone.sources.simulator.days import any_day
from redone.sources.simulator.plans import plan_note
from redone.sources.simulator.remarks import EMOTIONS, make_remark
from redone.sources.simulator.splits import Split
from redone.sources.simulator.world import Topic, World

_FORMS = (0, 1, 2, 3)


def write_parallel(
    world: World, split: Split, topics: Sequence[Topic], count: int, rng: random.Random, prefix: str
) -> list[ParallelText]:
    """Notes, titles, comments and slang in both languages, each with its other good versions."""
    kinds = ("note", "title", "comment", "slang")
    return [
        _parallel(world, split, rng.choice(topics), kinds[i % len(kinds)], f"{prefix}-p{i}", rng)
        for i in range(count)
    ]


def _parallel(
    world: World, split: Split, topic: Topic, kind: str, text_id: str, rng: random.Random
) -> ParallelText:
    if kind == "comment":
        phrase = rng.choice(world.words["phrase"])
        remark = make_remark(world, split, topic, "mention", EMOTIONS, phrase, rng)
        zh, en = remark.say("zh"), remark.say("en")
        return ParallelText(id=text_id, zh=zh, en=en, kind=kind, template=remark.pattern.name)
    day = any_day(world.settings, rng)
    tone = partial(opinion_clause, world, rng, day, slang=kind == "slang")
    plan = plan_note(world, split, topic, rng, day=day, tone=tone)
    if kind == "title":
        return ParallelText(
            id=text_id, zh=plan.headline("zh"), en=plan.headline("en"), kind=kind, template=plan.core.name
        )
    zh, *zh_others = dict.fromkeys(plan.body("zh", form) for form in _FORMS)
    en, *en_others = dict.fromkeys(plan.body("en", form) for form in _FORMS)
    return ParallelText(
        id=text_id,
        zh=zh,
        en=en,
        kind=kind,
        references_zh=tuple(zh_others),
        references_en=tuple(en_others),
        template=plan.core.name,
    )
