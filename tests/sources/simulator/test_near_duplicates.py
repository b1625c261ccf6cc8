"""No text, and nothing close to a text, is in two splits: an exact search, without sketching."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

import pytest

from redone.records import Platform
from redone.sources.simulator import SPLITS, WorldSettings, make_world, stream
from redone.sources.simulator.settings import Style

THRESHOLD = 0.8
SHINGLE = 3


def texts_of(block: Platform) -> Iterator[str]:
    for note in block.notes:
        yield from (note.title, note.body, f"{note.title} {note.body}")
    yield from (comment.text for comment in block.comments)
    yield from (query.text for query in block.queries)
    yield from (user.persona for user in block.users)
    for item in block.parallel:
        yield from (item.zh, item.en, *item.references_zh, *item.references_en)


def shingles(text: str) -> frozenset[str]:
    low = text.lower()
    return frozenset(low[i : i + SHINGLE] for i in range(max(1, len(low) - SHINGLE + 1)))


def near_duplicates(
    split_of: Mapping[str, str], threshold: float = THRESHOLD
) -> list[tuple[float, str, str]]:
    """Pairs of texts of different splits with Jaccard similarity of shingles at or above the threshold.

    Two sets that are so alike share one of the rarest shingles of either: only those are indexed.
    """
    items = sorted(((shingles(text), text) for text in split_of), key=lambda item: (len(item[0]), item[1]))
    frequency = Counter(shingle for pieces, _ in items for shingle in pieces)
    index: dict[str, list[int]] = defaultdict(list)
    found = []
    for number, (pieces, text) in enumerate(items):
        rarest = sorted(pieces, key=lambda shingle: (frequency[shingle], shingle))
        prefix = rarest[: len(pieces) - int(threshold * len(pieces) + 0.999999) + 1]
        for other in {i for shingle in prefix for i in index[shingle]}:
            other_pieces, other_text = items[other]
            if split_of[other_text] == split_of[text] or len(other_pieces) < threshold * len(pieces):
                continue
            common = len(pieces & other_pieces)
            alike = common / (len(pieces) + len(other_pieces) - common)
            if alike >= threshold:
                found.append((alike, text, other_text))
        for shingle in prefix:
            index[shingle].append(number)
    return found


def split_by_text(seed: int, users: int, style: Style) -> dict[str, set[str]]:
    world = make_world(WorldSettings(seed=seed, style=style))
    found: dict[str, set[str]] = defaultdict(set)
    for split in SPLITS:
        for block in stream(world, split, users=users):
            for text in texts_of(block):
                found[text].add(split)
    return found


def prove(seed: int, users: int, least_texts: int, style: Style = "notes") -> None:
    splits = split_by_text(seed, users, style)
    assert len(splits) > least_texts
    assert [text for text, found in splits.items() if len(found) > 1] == []
    assert near_duplicates({text: next(iter(found)) for text, found in splits.items()}) == []


def test_no_text_and_no_near_duplicate_is_in_two_splits() -> None:
    prove(seed=11, users=128, least_texts=10_000)


def test_nor_in_a_forum() -> None:
    prove(seed=11, users=64, least_texts=5_000, style="forum")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_the_same_on_larger_platforms(seed: int) -> None:
    prove(seed, users=320, least_texts=25_000)


def test_the_search_for_near_duplicates_finds_them() -> None:
    long = "Tried noodles in Paris at noon with a friend, spent $12. It felt "
    pairs = near_duplicates({f"{long}good.": "train", f"{long}fine.": "test", "something else": "dev"})
    assert len(pairs) == 1
    one, two = shingles(f"{long}good."), shingles(f"{long}fine.")
    assert pairs[0][0] == len(one & two) / len(one | two)
