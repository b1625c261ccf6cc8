"""What people do, and why: the log of views, clicks, likes, collections and searches.

Somebody opens a note of one of their interests (the stronger the interest, the surer), less often when the
topic leans to another gender, and seldom anything else. Liking and collecting need an opened note of an
interest; harmful notes are never liked; notes that tell a price or a place are the ones worth collecting.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

from redone.records import Interaction, Note, Query, Relevance, User
from redone.sources.simulator.days import some_day
from redone.sources.simulator.plans import NotePlan
from redone.sources.simulator.world import World

_OPENS_BY_RANK = (0.95, 0.8, 0.6)
_LIKES, _COLLECTS = 0.8, 0.5
_OTHER_GENDER = 0.4
_OWN_SHARE_OF_FEED = 0.5
_CLICKS_BEST = 0.95


def open_chance(world: World, user: User, note: Note, plan: NotePlan) -> float:
    """How likely the user opens the note when it is shown."""
    if note.category[0] not in user.interests:
        return world.settings.off_interest
    chance = _OPENS_BY_RANK[min(user.interests.index(note.category[0]), len(_OPENS_BY_RANK) - 1)]
    return chance * (1.0 if world.leaning[plan.topic.sub.en] in {"both", user.gender} else _OTHER_GENDER)


def browse(
    world: World, users: Sequence[User], notes: Sequence[tuple[Note, NotePlan]], rng: random.Random
) -> list[Interaction]:
    """The feed of every user: half of it from their interests, the rest from anywhere."""
    events: list[Interaction] = []
    for user in users:
        others = [(n, p) for n, p in notes if n.author_id != user.id and n.language == user.language]
        own = [pair for pair in others if pair[0].category[0] in user.interests]
        count = world.settings.feed
        shown = rng.sample(own, min(len(own), round(count * _OWN_SHARE_OF_FEED)))
        taken = {note.id for note, _ in shown}
        rest = [pair for pair in others if pair[0].id not in taken]
        shown += rng.sample(rest, min(len(rest), count - len(shown)))
        rng.shuffle(shown)
        for position, (note, plan) in enumerate(shown):
            events += _reactions(world, user, note, plan, position, rng)
    return events


def _reactions(
    world: World, user: User, note: Note, plan: NotePlan, position: int, rng: random.Random
) -> list[Interaction]:
    day = some_day(note.created, 0, 7, rng)
    kinds = ["view"]
    if rng.random() < open_chance(world, user, note, plan):
        kinds.append("click")
        wanted = note.category[0] in user.interests and note.labels["harm"] == "none"
        if wanted and rng.random() < _LIKES:
            kinds.append("like")
        if wanted and plan.facets() & {"price", "place"} and rng.random() < _COLLECTS:
            kinds.append("collect")
    return [
        Interaction(user_id=user.id, kind=kind, created=day, note_id=note.id, position=position)  # type: ignore[arg-type]
        for kind in kinds
    ]


def search_log(
    world: World, queries: Sequence[Query], judgements: Sequence[Relevance], rng: random.Random
) -> list[Interaction]:
    """For every query the search, the results shown, and the click.

    The list shows only one note about the queried word: the best. It is what nearly everybody opens; the
    others differ in topic, so a reader of titles can tell which one was clicked.
    """
    judged: dict[str, list[Relevance]] = defaultdict(list)
    for judgement in judgements:
        judged[judgement.query_id].append(judgement)
    events: list[Interaction] = []
    for query in queries:
        ranked = judged[query.id]
        shown = ranked[:1] + [r for r in ranked[1:] if r.level < 2]
        rng.shuffle(shown)
        events.append(_event(query, "search", query.after_note_id, 0))
        events += [_event(query, "view", r.note_id, rank) for rank, r in enumerate(shown)]
        if shown and shown.count(ranked[0]) and ranked[0].level >= 2:
            sure = rng.random() < _CLICKS_BEST
            opened = ranked[0] if sure else rng.choice(shown)
            events.append(_event(query, "click", opened.note_id, shown.index(opened)))
    return events


def _event(query: Query, kind: str, note_id: str, position: int) -> Interaction:
    return Interaction(
        user_id=query.user_id,
        kind=kind,  # type: ignore[arg-type]
        created=query.created,
        note_id=note_id,
        query_id=query.id,
        position=position,
    )
