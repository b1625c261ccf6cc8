"""Pretraining text: enough copying, both languages, nothing of the other splits."""

import pytest

from redone.sources.simulator import World, WorldSettings, documents, make_world, stream


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(WorldSettings(seed=8))


@pytest.fixture(scope="module")
def texts(world: World) -> list[str]:
    return list(documents(world, count=3000, seed=1))


def test_a_third_are_reposts(texts: list[str]) -> None:
    reposts = [text.split(" // ") for text in texts if " // " in text]
    assert 0.3 < len(reposts) / len(texts) < 0.4
    assert all(len(sides) == 2 and sides[0] == sides[1] for sides in reposts)


def test_both_languages_meet_in_dictionary_lines(texts: list[str]) -> None:
    pairs = [text for text in texts if " = " in text]
    assert len(pairs) / len(texts) > 0.12
    assert any(letter > "\u4e00" for letter in "".join(texts))


def test_number_i_does_not_depend_on_the_count(world: World, texts: list[str]) -> None:
    assert list(documents(world, count=20, seed=1)) == texts[:20]
    assert list(documents(world, count=20, seed=2)) != texts[:20]


def test_no_text_of_the_other_splits_is_read(world: World, texts: list[str]) -> None:
    read = {part for text in texts for line in text.split("\n") for part in line.split(" // ")}
    for split in ("train", "dev", "test"):
        for block in stream(world, split, users=64):
            own = {note.body for note in block.notes} | {query.text for query in block.queries}
            own |= {note.title for note in block.notes} | {comment.text for comment in block.comments}
            assert not own & read


def test_a_mix_of_ones_own(world: World) -> None:
    only = list(documents(world, count=50, seed=0, mix={"glossary": 1.0}))
    assert all(" = " in text or " > " in text for text in only)
    with pytest.raises(KeyError):
        list(documents(world, count=1, seed=0, mix={"poem": 1.0}))
