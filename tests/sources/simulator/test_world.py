"""A world follows from its seed alone, and its lexicon is what the settings say."""

import hashlib
import os
import subprocess
import sys
from dataclasses import asdict
from itertools import combinations, islice

import pytest

from redone.errors import UserError
from redone.records import Platform
from redone.sources.simulator import WorldSettings, documents, make_block, make_world, stream
from redone.sources.simulator.lexicon import load_lexicon

_DIGEST = """
import hashlib
from redone.sources.simulator import WorldSettings, documents, make_world, stream
world = make_world(WorldSettings(seed=5, block_users=8))
text = repr(list(stream(world, "test", users=12))) + repr(list(documents(world, count=50, seed=2)))
print(hashlib.sha256(text.encode()).hexdigest())
"""


def digest_of_another_process(hash_seed: str) -> str:
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, "-c", _DIGEST], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_same_seed_same_bytes_in_any_process() -> None:
    world = make_world(WorldSettings(seed=5, block_users=8))
    text = repr(list(stream(world, "test", users=12))) + repr(list(documents(world, count=50, seed=2)))
    own = hashlib.sha256(text.encode()).hexdigest()
    assert digest_of_another_process("1") == digest_of_another_process("2") == own


def test_another_seed_is_another_world() -> None:
    one, two = (make_world(WorldSettings(seed=seed)) for seed in (1, 2))
    assert {t.word for t in one.topics} != {t.word for t in two.topics}
    assert one.brands != two.brands
    assert one.slang != two.slang
    assert not {brand.en for brand in one.brands} <= {brand.en for brand in two.brands}


def test_blocks_do_not_depend_on_the_order_of_use() -> None:
    world = make_world(WorldSettings(seed=4, block_users=8))
    whole = list(stream(world, "train", users=24))
    assert list(stream(world, "train", users=8, start=16)) == [whole[2]]
    later, sooner = stream(world, "train", users=24), stream(world, "train", users=24)
    mixed = [next(later), next(sooner), next(sooner), next(later)]
    assert mixed == [whole[0], whole[0], whole[1], whole[1]]
    assert make_block(world, "train", 8, 8) == whole[1]


def test_a_stream_makes_only_what_is_taken() -> None:
    world = make_world(WorldSettings(seed=4, block_users=8))
    first = list(islice(stream(world, "base", users=10**12), 2))
    assert [len(block.users) for block in first] == [8, 8]


def test_the_last_block_holds_the_rest() -> None:
    world = make_world(WorldSettings(seed=4, block_users=8))
    assert [len(block.users) for block in stream(world, "dev", users=19)] == [8, 8, 3]
    assert list(stream(world, "dev", users=0)) == []


def test_the_lexicon_is_large_enough() -> None:
    lexicon = load_lexicon()
    subs = {}
    for sub in lexicon.subs:
        subs.setdefault(sub.category, []).append(sub)
    assert len(subs) >= 8
    assert all(len(group) >= 4 for group in subs.values())
    assert all(len(sub.words) >= 8 for sub in lexicon.subs)
    words = [word for sub in lexicon.subs for word in sub.words]
    assert len({word.en for word in words}) == len({word.zh for word in words}) == len(words)


def test_sizes_follow_the_settings() -> None:
    world = make_world(WorldSettings(seed=9, categories=3, subs=2, words=4, brands=5, slang=2))
    assert len(world.topics) == 3 * 2 * 4
    assert len(world.categories("en")) == 3
    assert len(world.brands) == len({b.en for b in world.brands}) == len({b.zh for b in world.brands}) == 5
    assert len(world.slang) == 4
    assert len(world.terms()) == 8


def test_every_seed_gives_a_world() -> None:
    for seed in range(15):
        world = make_world(WorldSettings(seed=seed))
        assert len({s.word.en for s in world.slang}) == len({s.word.zh for s in world.slang}) == 12


def test_slang_has_dates_and_one_word_follows_the_other() -> None:
    world = make_world(WorldSettings(seed=1))
    for old, new in zip(world.slang[::2], world.slang[1::2], strict=True):
        assert old.word.en_other == new.word.en_other
        assert old.born < new.born < old.died
        assert new.died == ""


def test_no_slang_or_brand_hides_in_another_word() -> None:
    world = make_world(WorldSettings(seed=2))
    names = [s.word.en for s in world.slang] + [b.en.lower() for b in world.brands]
    assert not [pair for pair in combinations(names, 2) if pair[0] in pair[1] or pair[1] in pair[0]]
    words = [t.word.en for t in world.topics]
    assert not [(name, word) for name in names for word in words if name in word]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"sarcasm": 1.5}, "sarcasm"),
        ({"categories": 1}, "categories"),
        ({"categories": 99}, "categories"),
        ({"brands": 400}, "brands"),
        ({"whens": 2}, "whens"),
        ({"first_day": "2025-13-01"}, "first_day"),
        ({"first_day": "2030-01-01"}, "first_day"),
        ({"languages": ("fr",)}, "languages"),
        ({"held_out": 14}, "held_out"),
    ],
)
def test_a_wrong_setting_is_named(change: dict[str, object], named: str) -> None:
    with pytest.raises(UserError, match=named):
        make_world(WorldSettings(**change))


def test_wrong_stretches_are_refused_at_once() -> None:
    world = make_world(WorldSettings(block_users=8))
    with pytest.raises(UserError, match="start"):
        stream(world, "train", users=8, start=3)
    with pytest.raises(UserError, match="split"):
        stream(world, "valid", users=8)  # type: ignore[arg-type]


def test_one_language_platform() -> None:
    world = make_world(WorldSettings(seed=3, languages=("zh",), block_users=8))
    (block,) = stream(world, "train", users=8)
    assert isinstance(block, Platform)
    assert {note.language for note in block.notes} == {"zh"}
    assert block.parallel == ()
    assert asdict(block)["terms"]
