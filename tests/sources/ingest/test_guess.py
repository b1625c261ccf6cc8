"""A folder of dumps becomes mapping files that work as they are, with the doubts said."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from redone.errors import UserError
from redone.sources.ingest import IngestSettings, ingest
from redone.sources.ingest.guess import Guessed, guess_folder
from redone.sources.ingest.guess.names import plain, rank
from redone.sources.ingest.guess.writing import flow

THINGS = ("coffee", "bread", "tent", "bike", "camera", "novel", "song", "garden", "soup", "train")
ZH = ("今天的咖啡很好喝，下次还来", "排队两个小时，再也不去了", "包装一般，味道还行", "衣服质量太差，掉色")


def jsonl(path: Path, rows: list[dict[str, Any]]) -> None:
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())


def tasks_of(root: Path, out: Path) -> tuple[Guessed, dict[str, dict[str, int]]]:
    """What the guessed mapping files give, without any change to them."""
    found = guess_folder(root)
    counts = {}
    for one in found.sets:
        if not one.text:
            continue
        path = out / f"{one.name}.yaml"
        path.write_text(one.text, encoding="utf-8")
        limits = {"train": 60, "dev": 20, "test": 20}
        given = ingest([path], root, None, limits, IngestSettings(quarantine_limit=0.2))
        counts |= {
            task.id: {split: len(part) for split, part in parts.items()} for task, parts in given.tasks
        }
    return found, counts


@pytest.fixture
def dumps(tmp_path: Path) -> Path:
    """Three sets of unlike shape: nested dialogues, a Chinese GB18030 table, Parquet pairs with public splits."""
    rng, root = random.Random(1), tmp_path / "dumps"
    threads = []
    for n in range(120):
        thing = rng.choice(THINGS)
        said = [("customer", f"my {thing} number {n} broke"), ("agent", f"sorry about the {thing}")]
        said += [("customer", f"when will the {thing} come"), ("agent", f"in {n} days")]
        turns = [{"by": {"name": who}, "speaker": who, "say": text} for who, text in said]
        threads.append({"meta": {"thread": f"t{n}"}, "dialogue": turns, "outcome": {"solved": n % 3 == 0}})
    jsonl(root / "support.jsonl.gz", threads)
    lines = ["笔记ID,作者,发布时间,正文,情感倾向,话题标签,点赞数"]
    for n in range(200):
        text, mood = ZH[n % 4], ("积极", "消极", "中性", "消极")[n % 4]
        lines.append(
            f'{n},用户{n % 40},2026-03-01 10:00,"{text}，第{n}次",{mood},美食;探店,{rng.randrange(99)}'
        )
    (root / "笔记.csv").write_bytes("\r\n".join(lines).encode("gb18030"))
    pairs = [
        {"q": {"text": f"how to mend a {rng.choice(THINGS)}, case {n}"},
         "d": {"text": f"a guide to the {rng.choice(THINGS)} of {1900 + n}"}, "gold": n % 2 == 0}
        for n in range(200)
    ]  # fmt: skip
    (root / "pairs").mkdir()
    for split, part in (("train", pairs[:150]), ("test", pairs[150:])):
        pq.write_table(pa.Table.from_pylist(part), root / "pairs" / f"{split}-00000-of-00001.parquet")
    (root / "README.md").write_text("about these dumps", encoding="utf-8")
    return root


def test_sets_of_unlike_shape_work_as_they_are_guessed(dumps: Path, tmp_path: Path) -> None:
    found, counts = tasks_of(dumps, tmp_path)
    assert found.left == ["README.md"]
    assert set(counts) == {
        "support_next_turn", "support_solved", "data_tags", "data_sentiment", "pairs_gold"
    }  # fmt: skip
    assert all(count for parts in counts.values() for count in parts.values()), counts
    pairs = next(one for one in found.sets if one.name == "pairs")
    assert "taken as a pair" in pairs.doubts[0]
    assert "# unsure: write what the values mean" in pairs.text
    assert "encoding: gb18030" in next(one for one in found.sets if one.name == "data").text


def test_the_tables_of_a_platform_become_records(dumps: Path, tmp_path: Path) -> None:
    path = tmp_path / "records.yaml"
    path.write_text(guess_folder(dumps).records, encoding="utf-8")
    found = ingest([path], dumps, None, {"train": 50, "dev": 10, "test": 10})
    assert {task.id for task, _ in found.tasks} >= {"hashtag_writing"}
    assert all(task.suite == "sns" for task, _ in found.tasks)


ROWS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "chat": ([{"messages": [{"role": "user", "content": f"what is {n}"}, {"role": "assistant", "content": f"{n}!"}]}
              for n in range(80)], "chat_one"),
    "tokens": ([{"words": ["Li", "Na", "eats", str(n)], "ner": ["B-PER", "I-PER", "O", "O"]} for n in range(80)],
               "one_names"),
    "spans": ([{"text": f"a rude word here {n}", "spans": [[2, 6]]} for n in range(80)], "one_pieces"),
    "parallel": ([{"中文": f"今天天气好出去玩{n}", "英文": f"the weather is fine today {n}"} for n in range(80)],
                 "one_to_zh"),
    "replies": ([{"post": f"a lovely morning {n}", "reply": f"{THINGS[n % 10]} for me {n}"} for n in range(80)],
                "one_reply_choice"),
    "log": ([{"user_id": n % 60, "movie": THINGS[n * 7 % 10] + f" part {n}", "timestamp": n} for n in range(300)],
            "one_next_item"),
    "titles": ([{"title": f"{THINGS[n % 10]} report {n}", "body": f"a long story about things {n} " * 3}
                for n in range(80)], "one_title_choice"),
    "scores": ([{"sentence1": f"the {THINGS[n % 10]} is new {n}", "sentence2": f"a new {THINGS[n * 3 % 10]} {n}",
                 "score": n % 17 / 3} for n in range(120)], "one_alike"),
    "turns": ([{"turns": [f"hello {n}", f"good morning {n}", f"{n} times {THINGS[n % 10]}"]} for n in range(80)],
              "one_next_turn"),
}  # fmt: skip


@pytest.mark.parametrize("shape", ROWS)
def test_every_shape_is_recognised(shape: str, tmp_path: Path) -> None:
    rows, task = ROWS[shape]
    jsonl(tmp_path / "in" / "one.jsonl", rows)
    _, counts = tasks_of(tmp_path / "in", tmp_path)
    assert counts[task]["train"] > 20
    assert counts[task]["test"]


def test_plain_text_files_and_documents_are_recognised(tmp_path: Path) -> None:
    root = tmp_path / "in"
    root.mkdir()
    sentences = [f"Anna\tB-PER\nsees\tO\nhouse{n}\tO\n" for n in range(60)]
    (root / "ner.conll").write_text("\n".join(sentences), encoding="utf-8")
    rows = [f"{n % 2}\tthis is the text number {n}" for n in range(60)]
    (root / "mood.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    items = [{"text": f"a post about {THINGS[n % 10]} {n}", "topic": THINGS[n % 3]} for n in range(60)]
    (root / "posts.json").write_text(json.dumps({"version": 1, "data": items}), encoding="utf-8")
    _, counts = tasks_of(root, tmp_path)
    assert set(counts) == {"ner_names", "mood_column_1", "posts_topic"}


def test_a_set_that_says_nothing_is_named_with_its_columns(tmp_path: Path) -> None:
    jsonl(tmp_path / "x.jsonl", [{"a": n, "b": -n} for n in range(50)])
    (one,) = guess_folder(tmp_path).sets
    assert one.text == ""
    assert "no task recognised; columns: a, b" in one.doubts[0]


def test_a_split_column_keeps_public_splits(tmp_path: Path) -> None:
    words = ("train", "train", "validation", "test")
    rows = [
        {"text": f"a post of the year {n}", "label": THINGS[n % 3], "split": words[n % 4]} for n in range(120)
    ]
    jsonl(tmp_path / "in" / "one.jsonl", rows)
    found, counts = tasks_of(tmp_path / "in", tmp_path)
    assert "split: {column: split}" in found.sets[0].text
    assert counts["one_label"] == {"train": 60, "dev": 20, "test": 20}


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no readable file"):
        guess_folder(tmp_path)
    with pytest.raises(UserError, match="is no folder"):
        guess_folder(tmp_path / "none")


def test_names_and_values_are_written_so_that_they_are_read_again() -> None:
    from ruamel.yaml import YAML

    value = {"no": ["yes", "1", 1, 0.5, "a: b", '{x}\n"y"', "正文"], "true": {"k": True, "n": None}}
    assert YAML(typ="safe", pure=True).load(flow(value)) == value
    assert plain("userName") == plain("user name") == "user_name"
    assert rank("data.text", "text") == 0
    assert rank("colour", "text") is None
