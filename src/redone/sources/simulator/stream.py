"""The platform as a stream of blocks, each complete in itself."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from redone.errors import UserError
from redone.records import Note, Platform, User
from redone.sources.simulator.behaviour import browse, search_log
from redone.sources.simulator.chance import keyed
from redone.sources.simulator.days import any_day
from redone.sources.simulator.more_parallel import write_more_parallel
from redone.sources.simulator.parallel import write_parallel
from redone.sources.simulator.people import make_user
from redone.sources.simulator.plans import NotePlan, plan_note
from redone.sources.simulator.searching import judge, write_queries
from redone.sources.simulator.splits import SPLITS, Split
from redone.sources.simulator.world import Topic, World
from redone.sources.simulator.writing import write_comments, write_note

_SUBS_PER_BLOCK, _WORDS_PER_BLOCK = 2, 2


def stream(world: World, split: Split, *, users: int, start: int = 0) -> Iterator[Platform]:
    """Blocks of the platform for one split, with ``users`` users in all from number ``start`` on.

    A block holds ``settings.block_users`` users (the last one the rest) with all that they write and do, and
    depends on nothing but the world, the split and its place: any stretch can be made alone, in any order,
    and memory holds one block at a time. Splits share the vocabulary but no user, note, query or text.

    Raises:
        UserError: an unknown split, a negative size, or a ``start`` that is not at the border of a block.

    """
    size = world.settings.block_users
    if split not in SPLITS:
        raise UserError(f"split is {split!r}: choose from {', '.join(SPLITS)}")
    if users < 0 or start < 0 or start % size:
        raise UserError(
            f"users is {users}, start is {start}: start must be a multiple of {size}, neither negative"
        )
    return _blocks(world, split, start, start + users)


def _blocks(world: World, split: Split, start: int, end: int) -> Iterator[Platform]:
    size = world.settings.block_users
    for first in range(start, end, size):
        yield make_block(world, split, first, min(size, end - first))


def make_block(world: World, split: Split, first: int, count: int) -> Platform:
    """The block of users ``first`` to ``first + count - 1``."""
    rng = keyed(world.seed, split, "block", first, count)
    users = [make_user(world, split, number) for number in range(first, first + count)]
    topics = _topics_of_block(world, rng)
    notes = _write_notes(world, split, users, topics, rng)
    queries = write_queries(world, split, notes, users, rng)
    relevance = judge(queries, notes, rng)
    plain_queries = [query for query, _ in queries]
    events = browse(world, users, notes, rng) + search_log(world, plain_queries, relevance, rng)
    both = len(world.settings.languages) == 2
    return Platform(
        users=tuple(users),
        notes=tuple(note for note, _ in notes),
        comments=tuple(write_comments(world, split, notes, users, rng)),
        queries=tuple(plain_queries),
        relevance=tuple(relevance),
        interactions=tuple(sorted(events, key=lambda event: event.created)),
        parallel=(
            *(write_parallel(world, split, topics, count, rng, f"{split}-b{first}") if both else ()),
            *(write_more_parallel(world, split, topics, count, f"{split}-b{first}") if both else ()),
        ),
        terms=world.terms(),
        policy=world.policy(),
    )


def _topics_of_block(world: World, rng: random.Random) -> list[Topic]:
    """A few neighbouring topics of every category, so that queries find notes of every level of relevance."""
    subs: dict[str, list[list[Topic]]] = {}
    for topic in world.topics:
        groups = subs.setdefault(topic.category.en, [])
        if not groups or groups[-1][0].sub != topic.sub:
            groups.append([])
        groups[-1].append(topic)
    return [
        topic
        for groups in subs.values()
        for group in rng.sample(groups, min(len(groups), _SUBS_PER_BLOCK))
        for topic in rng.sample(group, min(len(group), _WORDS_PER_BLOCK))
    ]


def _write_notes(
    world: World, split: Split, users: Sequence[User], topics: Sequence[Topic], rng: random.Random
) -> list[tuple[Note, NotePlan]]:
    """As many notes as the users write, spread evenly over the topics, each by somebody who cares for it."""
    notes: list[tuple[Note, NotePlan]] = []
    for language in world.settings.languages:
        writers = [user for user in users if user.language == language]
        turn = list(topics)
        rng.shuffle(turn)
        for number in range(len(writers) * world.settings.notes_per_user):
            topic = turn[number % len(turn)]
            keen = [u for u in writers if topic.category.say(language) in u.interests]
            author = rng.choice(keen or writers)
            day = any_day(world.settings, rng)
            plan = plan_note(world, split, topic, rng, day=day)
            notes.append((write_note(plan, f"{author.id}-n{number}", author, day), plan))
    return notes
