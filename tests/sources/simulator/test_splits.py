"""The proof that the splits share the vocabulary of the platform and nothing else."""

from collections import defaultdict

import pytest

from redone.records import Platform
from redone.sources.simulator import SPLITS, World, WorldSettings, make_world, stream
from redone.sources.simulator.lookalikes import look_alike
from redone.sources.simulator.splits import deal, split_of

USERS = 192


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(WorldSettings(seed=11, block_users=16))


@pytest.fixture(scope="module")
def blocks(world: World) -> dict[str, list[Platform]]:
    return {split: list(stream(world, split, users=USERS)) for split in SPLITS}


def test_no_record_id_is_in_two_splits(blocks: dict[str, list[Platform]]) -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for split, some in blocks.items():
        for block in some:
            for record in (*block.users, *block.notes, *block.comments, *block.queries, *block.parallel):
                owners[record.id].add(split)
    assert owners
    assert all(len(splits) == 1 for splits in owners.values())


def test_the_vocabulary_is_shared(world: World, blocks: dict[str, list[Platform]]) -> None:
    """Nearly every topic word, brand, place and product of the test split also occurs in base and train."""

    def names(split: str) -> set[str]:
        notes = [note for block in blocks[split] for note in block.notes]
        return {e.text for n in notes for e in n.entities if e.kind != "price"} | {
            n.category[2] for n in notes
        }

    test = names("test")
    assert len(test) > 100
    for split in ("base", "train"):
        assert len(test & names(split)) / len(test) > 0.8


def test_held_out_templates_are_in_test_only(world: World, blocks: dict[str, list[Platform]]) -> None:
    assert world.held_out_templates
    used = {s: {n.template for block in some for n in block.notes} for s, some in blocks.items()}
    for split in ("base", "train", "dev"):
        assert not used[split] & world.held_out_templates
    assert world.held_out_templates <= used["test"]
    notes = [note for block in blocks["test"] for note in block.notes]
    unseen = sum(note.template in world.held_out_templates for note in notes) / len(notes)
    assert 0.25 < unseen < 0.55


def test_every_template_but_the_held_out_is_in_training(
    world: World, blocks: dict[str, list[Platform]]
) -> None:
    names = {pattern.name for pattern in world.patterns("body")} - world.held_out_templates
    assert {n.template for block in blocks["train"] for n in block.notes} == names


def test_dealing_gives_every_thing_to_exactly_one_split(world: World) -> None:
    for count in range(4, 20):
        dealt = [item for split in SPLITS for item in deal(world, split, range(count), "some", "key", count)]
        assert sorted(dealt) == list(range(count))


def test_split_shares(world: World) -> None:
    found = [split_of(world, "n", number) for number in range(4000)]
    shares = {split: found.count(split) / len(found) for split in SPLITS}
    assert shares == pytest.approx({"base": 0.4, "train": 0.35, "dev": 0.1, "test": 0.15}, abs=0.03)


def test_lookalike_topics_have_one_family(world: World) -> None:
    for one in world.topics:
        for two in world.topics:
            if look_alike(one.word, two.word):
                assert one.family == two.family
