"""Duplicates: nothing short or different is lost, what is alike is found, the best copy stays."""

import random
import string
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redone.corpus.curate import curate
from redone.corpus.duplicates.sketch import sketch
from redone.corpus.settings.corpus_settings import TokenSettings
from redone.corpus.settings.duplicate_settings import DuplicateSettings
from redone.corpus.settings.recipe import CurationRecipe
from redone.corpus.tokens import estimate_tokens, with_tokens

EMOJI = "😀😂🥹😍😭😡👍👎🎉🔥❤️✨"


def curated(folder: Path, rows: list[dict[str, object]], **keys: object) -> list[str]:
    source = folder / "posts.jsonl"
    pl.DataFrame(rows).write_ndjson(source)
    plain = {"without": ["informal", "language", "spam", "rules", "pii"], "documents": None}
    recipe = CurationRecipe.model_validate({**plain, **keys})
    curate(recipe, [source], folder / "out")
    files = sorted((folder / "out" / "documents").glob("*.parquet"))
    return pl.concat([pl.read_parquet(file) for file in files])["id"].str.strip_prefix("posts/").to_list()


def table(texts: list[str]) -> pl.DataFrame:
    return pl.DataFrame({"text": texts, "kind": ["note"] * len(texts)}).with_columns(
        parent=pl.lit(None, pl.String)
    )


def test_no_short_emoji_or_mixed_original_is_lost(tmp_path: Path) -> None:
    rng = random.Random(7)
    han = [chr(rng.randrange(0x4E00, 0x5200)) for _ in range(60)]
    texts = set()
    while len(texts) < 3000:
        pool = rng.choice([han, list(EMOJI), list(string.ascii_letters), [*han, *EMOJI, "1", "2"]])
        texts.add("".join(rng.choices(pool, k=rng.randint(1, 20))))
    for size in (30, 60):
        texts |= {"".join(rng.choices(EMOJI, k=size)) for _ in range(200)}
    near = ["好吃👍", "好吃👎", "太好吃了", "太难吃了", "价格37", "价格38", "a", "b", "no", "not"]
    rows = [{"id": str(i), "text": t} for i, t in enumerate(sorted({*texts, *near} - {""}))]
    assert len(curated(tmp_path, rows)) == len(rows)


def test_exact_copies_leave_the_most_liked_then_the_first(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "text": "一样", "likes": 1},
        {"id": "b", "text": "一样", "likes": 9},
        {"id": "c", "text": "一样", "likes": 9},
        {"id": "d", "text": "另外", "likes": 0},
    ]
    assert curated(tmp_path, rows) == ["b", "d"]


def test_a_copy_with_emoji_spacing_or_one_edit_is_found(tmp_path: Path) -> None:
    base = "周末和朋友去了湖边露营，带了新买的帐篷，晚上看星星特别好看，下次还想再去一次，推荐给大家"
    other = (
        "The new noodle place near the station is worth the queue, try the spicy one with an extra egg on top"
    )
    rows = [
        {"id": "base", "text": base, "likes": 5},
        {"id": "emoji", "text": base + "😀😀", "likes": 1},
        {"id": "edit", "text": base.replace("特别", "非常"), "likes": 2},
        {"id": "other", "text": other, "likes": 0},
        {"id": "case", "text": other.upper().replace(" ", "  "), "likes": 3},
    ]
    assert curated(tmp_path, rows) == ["base", "case"]


def test_a_chain_of_small_changes_keeps_what_is_unlike_the_kept_one(tmp_path: Path) -> None:
    rng = random.Random(3)
    text = [chr(rng.randrange(0x4E00, 0x9000)) for _ in range(80)]
    rows = []
    for step in range(40):
        rows.append({"id": f"s{step}", "text": "".join(text), "likes": 100 - step})
        text[step * 2] = chr(rng.randrange(0x4E00, 0x9000))
    kept = curated(tmp_path, rows)
    assert kept[0] == "s0"
    assert 3 <= len(kept) < 20, "the far end of the chain is another text"


def test_comments_are_compared_below_their_own_note_only(tmp_path: Path) -> None:
    rows = [
        {"id": "n1", "text": "第一条笔记", "kind": "note", "parent": None},
        {"id": "n2", "text": "第二条笔记", "kind": "note", "parent": None},
        {"id": "c1", "text": "说得对", "kind": "comment", "parent": "n1"},
        {"id": "c2", "text": "说得对", "kind": "comment", "parent": "n2"},
        {"id": "c3", "text": "说得对", "kind": "comment", "parent": "n1"},
    ]
    assert curated(tmp_path, rows) == ["n1", "n2", "c1", "c2"]


def test_posts_that_share_a_place_or_people_only_are_others(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "text": "H Y P H Y @user1 @ Los Angeles, California"},
        {"id": "b", "text": "HOME. by: @user1 @ Los Angeles, California"},
        {"id": "c", "text": "@alice @bob @carol @dave @erin @frank yes he is https://t.co/abcdefghijklmn"},
        {"id": "d", "text": "@alice @bob @carol @dave @erin @frank no I say https://t.co/abcdefghijklmn"},
        {"id": "e", "text": "the same long thought about gardens and rain, twice posted https://t.co/abcde"},
        {
            "id": "f",
            "text": "//@someone: the same long thought about gardens and rain, twice posted https://t.co/fghij",
        },
    ]
    rows += [
        {"id": "g", "text": "Merry Christmas Eve Day @ Howell Beach"},
        {"id": "h", "text": "Merry Christmas! @ Poulsbo, Washington"},
    ]
    assert curated(tmp_path, rows) == ["a", "b", "c", "d", "e", "g", "h"]


def test_near_duplicates_may_be_left_alone(tmp_path: Path) -> None:
    base = "周末和朋友去了湖边露营，带了新买的帐篷，晚上看星星特别好看"
    rows = [{"id": "a", "text": base}, {"id": "b", "text": base + "😀"}, {"id": "c", "text": base}]
    assert curated(tmp_path, rows, duplicates={"near": False}) == ["a", "b"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(alphabet=st.characters(codec="utf-8"), max_size=60), min_size=1, max_size=8))
def test_any_text_has_a_sketch_that_depends_on_nothing_else(texts: list[str]) -> None:
    whole = sketch(table(texts), DuplicateSettings())
    for at, text in enumerate(texts):
        one = sketch(table([text]), DuplicateSettings())
        assert np.array_equal(whole.bands[:, at], one.bands[:, 0])
        assert np.array_equal(whole.exact[:, at], one.exact[:, 0])
    equal = {tuple(whole.exact[:, at]) for at in range(len(texts))}
    assert len(equal) == len(set(texts))


@pytest.mark.parametrize("share", [0.9, 0.8])
def test_candidates_are_found_as_often_as_theory_says(share: float) -> None:
    rng = random.Random(1)
    found = 0
    for _ in range(300):
        text = [chr(rng.randrange(0x4E00, 0x9000)) for _ in range(104)]
        edits = round((1 - share) / (1 + share) * 100 / 5)
        other = list(text)
        for place in rng.sample(range(4, 100, 5), edits):
            other[place] = chr(rng.randrange(0x4E00, 0x9000))
        keys = sketch(table(["".join(text), "".join(other)]), DuplicateSettings()).bands
        found += bool((keys[:, 0] == keys[:, 1]).any())
    true = (100 - 5 * edits) / (100 + 5 * edits)
    expected = 1 - (1 - true**8) ** 14
    assert abs(found / 300 - expected) < 0.09


@settings(max_examples=80, deadline=None)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_the_kernel_estimates_tokens_as_the_function_does(texts: list[str]) -> None:
    clean = [text.encode("utf-8", "ignore").decode() for text in texts]
    counted = with_tokens(pl.DataFrame({"text": clean}), TokenSettings())["tokens"].to_list()
    assert counted == [estimate_tokens(text) for text in clean]
