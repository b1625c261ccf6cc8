"""Which split a text belongs to, decided by what the text is made of.

A text is a template and the words in its slots. For one family of topic words the templates are dealt out
among the splits, so two texts of different splits never share template and topic word. That is enough for
short texts. Longer ones are tied down twice more: the *difference* of the positions of time and company in
their lists is a residue that belongs to one split, and the rest of the words is drawn again until its hash
falls into the split. So two notes of different splits differ in template or topic word, in time or company,
and in the rest, while every word and every template (but the held-out ones) occurs in every split.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Literal, TypeVar, get_args

from redone.sources.simulator.chance import keyed, share
from redone.sources.simulator.lexicon import Pattern, Word
from redone.sources.simulator.world import World

T = TypeVar("T")

Split = Literal["base", "train", "dev", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)
SHARES = (0.4, 0.35, 0.1, 0.15)
"""Parts of the space of texts: ``base`` is for pretraining, ``dev`` for diagnosis."""


def _sizes(count: int) -> list[int]:
    """How many of ``count`` things each split gets: one at least, the rest by shares."""
    assert count >= len(SPLITS), f"{count} things cannot be dealt to {len(SPLITS)} splits"
    wanted = [part * count for part in SHARES]
    sizes = [1] * len(SPLITS)
    for _ in range(count - len(SPLITS)):
        short = max(range(len(SPLITS)), key=lambda i: wanted[i] - sizes[i])
        sizes[short] += 1
    return sizes


@lru_cache(maxsize=1 << 16)
def _dealt(count: int, key: tuple[object, ...]) -> tuple[tuple[int, ...], ...]:
    order = list(range(count))
    keyed(*key).shuffle(order)
    ends = [sum(_sizes(count)[: i + 1]) for i in range(len(SPLITS))]
    starts = [0, *ends[:-1]]
    return tuple(tuple(sorted(order[a:b])) for a, b in zip(starts, ends, strict=True))


def deal(world: World, split: Split, items: Sequence[T], *key: object) -> list[T]:
    """The items that belong to ``split`` for this key; never empty, and no item is in two splits."""
    parts = _dealt(len(items), (world.seed, "deal", *key))
    return [items[i] for i in parts[SPLITS.index(split)]]


def pick_pattern(
    world: World, split: Split, kind: str, key: Sequence[object], *, rng: random.Random, unseen: bool = False
) -> Pattern:
    """A template of a kind for the thing that ``key`` names; ``unseen``: a held-out one (test only)."""
    hidden = world.held_out_templates | world.held_out_titles
    patterns = world.patterns(kind)
    if unseen:
        assert split == "test", "held-out templates are for the test split"
        return rng.choice([p for p in patterns if p.name in hidden])
    return rng.choice(deal(world, split, [p for p in patterns if p.name not in hidden], kind, *key))


def pick_time_and_company(world: World, split: Split, rng: random.Random) -> dict[str, Word]:
    """A time and a companion whose positions differ by a residue of the split."""
    whens, companies = world.words["when"], world.words["company"]
    residues = deal(world, split, range(len(whens)), "residues")
    first = rng.randrange(len(whens))
    second = (first + rng.choice(residues)) % len(companies)
    return {"when": whens[first], "company": companies[second]}


_MOST_DRAWS = 1000


def draw_for(world: World, split: Split, draw: Callable[[], T], key: Callable[[T], Sequence[object]]) -> T:
    """Draw until the thing's key belongs to ``split``.

    A lexicon so small that no draw fits keeps its last draw: then only the dealt templates tell splits apart.
    """
    thing = draw()
    for _ in range(_MOST_DRAWS):
        if split_of(world, *key(thing)) == split:
            break
        thing = draw()
    return thing


def split_of(world: World, *key: object) -> Split:
    """The split of a key, by the shares."""
    point = share(world.seed, "split", *key)
    for split, part in zip(SPLITS, SHARES, strict=True):
        point -= part
        if point < 0:
            return split
    return SPLITS[-1]
