from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from redone.errors import UserError
from redone.sources.ingest import IngestSettings, check, ingest, load_tasks
from redone.sources.ingest.choices import likeness
from redone.tasks.parsers import PARSERS


def rewrite(toy: Path, old: str, new: str) -> Path:
    path = toy / "toy.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    return path


def test_a_mapping_gives_a_task_and_examples_of_every_split(toy: Path) -> None:
    ((task, parts),) = load_tasks([toy / "toy.yaml"], toy, toy / "q.jsonl")
    assert task.id == "toy_mood"
    assert task.languages == ("en",)
    assert {split: len(examples) for split, examples in parts.items()} == {"train": 30, "dev": 30, "test": 30}
    example = parts["train"][0]
    assert example.choices == ("good", "bad")
    assert example.references[0] in example.choices
    assert "good, bad" in example.messages[0].content
    assert len({e.id for part in parts.values() for e in part}) == 90


def test_the_last_wording_is_kept_for_the_test_split(toy: Path) -> None:
    ((_, parts),) = load_tasks([toy / "toy.yaml"], toy, None)
    assert not any(example.unseen_template for split in ("train", "dev") for example in parts[split])
    assert {example.unseen_template for example in parts["test"]} == {True, False}


def test_the_same_seed_gives_the_same_examples_and_another_one_others(toy: Path) -> None:
    limits = {"train": 10, "dev": 5, "test": 5}
    first, again, other = (
        load_tasks([toy / "toy.yaml"], toy, None, limits, IngestSettings(seed=seed)) for seed in (1, 1, 2)
    )
    assert first[0][1] == again[0][1]
    assert first[0][1] != other[0][1]
    assert len(first[0][1]["train"]) == 10


def test_balance_draws_classes_evenly_in_training_only(toy: Path) -> None:
    rows = [{"text": f"train text {i}", "mood": int(i < 5)} for i in range(100)]
    (toy / "train.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    path = rewrite(toy, "    answer:", "    balance: true\n    answer:")
    ((_, parts),) = load_tasks([path], toy, None, {"train": 10})
    assert [example.references[0] for example in parts["train"]].count("good") == 5


def test_faults_of_a_task_are_listed_and_above_the_share_they_stop(toy: Path) -> None:
    with (toy / "train.jsonl").open("a", encoding="utf-8") as out:
        out.write('{"text": "x", "mood": 7}\n{"text": ["x"], "mood": 1}\n{"txt": "x", "mood": 1}\n')
    found = ingest([toy / "toy.yaml"], toy, toy / "q.jsonl")
    assert found.quarantined == {"unknown label": 1, "mixed types": 1, "missing field": 1}
    listed = [json.loads(line) for line in (toy / "q.jsonl").read_text(encoding="utf-8").splitlines()]
    assert "nearest one is 'txt'" in listed[2]["detail"]
    assert "set aside: 1 unknown label" in found.text()
    with pytest.raises(UserError, match=r"or raise data\.quarantine_limit"):
        ingest([toy / "toy.yaml"], toy, None, settings=IngestSettings(quarantine_limit=0.01))


def test_stated_types_are_held(toy: Path) -> None:
    with (toy / "train.jsonl").open("a", encoding="utf-8") as out:
        out.write('{"text": 5, "mood": 1}\n')
    path = rewrite(toy, "tasks:", "types: {text: text}\ntasks:")
    assert ingest([path], toy, None).quarantined == {"mixed types": 1}


def test_a_number_of_a_table_is_a_number(toy: Path) -> None:
    for split in ("train", "dev", "test"):
        rows = "".join(f"{split} text number {n},{n % 2},{n}\n" for n in range(30))
        (toy / f"{split}.csv").write_text(f"text,mood,likes\n{rows}", encoding="utf-8")
    text = (toy / "toy.yaml").read_text(encoding="utf-8").replace(".jsonl", ".csv")
    path = toy / "toy.yaml"
    path.write_text(text.replace("tasks:", "types: {likes: number}\ntasks:"), encoding="utf-8")
    assert ingest([path], toy, None).quarantined == {}
    path.write_text(text.replace("tasks:", "types: {text: number}\ntasks:"), encoding="utf-8")
    with pytest.raises(
        UserError, match=r"90 x mixed types \(first test.csv line 2: .*'test text number 0', a number"
    ):
        ingest([path], toy, None, settings=IngestSettings(quarantine_limit=1.0))


def test_a_text_that_is_also_in_the_test_split_does_not_train(toy: Path) -> None:
    with (toy / "train.jsonl").open("a", encoding="utf-8") as out:
        out.write('{"text": "Test  text number 3", "mood": 1}\n')
    found = ingest([toy / "toy.yaml"], toy, None)
    assert found.quarantined == {"same text in another split": 1}
    texts = [example.messages[0].content for example in found.tasks[0][1]["train"]]
    assert not any("number 3\n" in text and "est" in text.split()[0] for text in texts)


def test_a_hash_split_keeps_groups_together(toy: Path) -> None:
    rows = [{"text": f"text {i}", "mood": i % 2, "author": i % 60} for i in range(600)]
    (toy / "train.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    path = rewrite(
        toy,
        "{train: train.jsonl, dev: dev.jsonl, test: test.jsonl}",
        "{all: train.jsonl}\nsplit: {by: author, test: 0.3}",
    )
    ((_, parts),) = load_tasks([path], toy, None)
    units = {
        split: {unit for example in examples for unit in example.units} for split, examples in parts.items()
    }
    assert sum(len(examples) for examples in parts.values()) == 600
    assert all(units.values())
    assert not units["train"] & units["test"]
    assert not units["train"] & units["dev"]
    assert not units["dev"] & units["test"]


CHOICE = """
set: replies
licence: made for this test
files: {all: replies.csv}
split: {by: thread}
tasks:
  - id: reply_choice
    capability: dialogue
    prompts: {en: ["{post}\\n{choices}\\nAnswer:", "{choices}\\nReply to: {post}"]}
    answer: {column: reply, form: label}
    choices: {count: 3, like: post, apart: thread}
"""


def test_wrong_options_are_of_other_threads_and_the_letter_is_right(tmp_path: Path) -> None:
    rows = [
        f"thread{i // 2},post number {i} on {'tea' if i % 3 else 'dogs'},reply {i} {i * 7 % 11} x"
        for i in range(200)
    ]
    (tmp_path / "replies.csv").write_text("thread,post,reply\n" + "\n".join(rows), encoding="utf-8")
    (tmp_path / "m.yaml").write_text(CHOICE, encoding="utf-8")
    ((task, parts),) = load_tasks([tmp_path / "m.yaml"], tmp_path, None)
    by_post = {row.split(",")[1]: row.split(",") for row in rows}
    thread_of = {row.split(",")[2]: row.split(",")[0] for row in rows}
    assert task.parser == "label"
    for example in parts["train"]:
        lines = example.messages[0].content.splitlines()
        options = dict(line.split(". ", 1) for line in lines if line[1:3] == ". ")
        thread, _, reply = by_post[
            next(line for line in lines if "post number" in line).removeprefix("Reply to: ")
        ]
        assert options[example.references[0]] == reply
        others = [text for letter, text in options.items() if letter != example.references[0]]
        assert len(set(others)) == 2
        assert all(thread_of[text] != thread for text in others)
    letters = [example.references[0] for example in parts["train"]]
    assert min(letters.count(letter) for letter in "ABC") > len(letters) / 5


def test_references_are_what_the_tasks_parser_reads(toy: Path) -> None:
    ((task, parts),) = load_tasks([toy / "toy.yaml"], toy, None)
    for example in parts["test"]:
        assert PARSERS[task.parser](example.target, example.choices) == example.references[0]


def test_a_preview_counts_and_shows_without_stopping(toy: Path) -> None:
    (toy / "train.jsonl").write_text("broken\n" * 20 + '{"text": "fine", "mood": 1}\n', encoding="utf-8")
    preview = check(toy / "toy.yaml", toy)
    assert preview.rows == 81
    assert preview.quarantined == {"invalid JSON": 20}
    assert preview.tasks[0].examples == {"train": 1, "dev": 30, "test": 30}
    assert "toy_mood (understanding): train 1, dev 30, test 30" in preview.text()


def test_no_examples_and_twice_the_same_task_are_the_users_mistake(toy: Path) -> None:
    with pytest.raises(UserError, match="used by two"):
        load_tasks([toy / "toy.yaml", toy / "toy.yaml"], toy, None)
    path = rewrite(toy, "    answer:", "    where: {text: {min_length: 999}}\n    answer:")
    with pytest.raises(UserError, match="no examples"):
        load_tasks([path], toy, None)


@pytest.mark.parametrize("rule", ["shortest", "longest", "least like", "most like"])
def test_no_rule_of_thumb_finds_the_right_option(tmp_path: Path, rule: str) -> None:
    rng = random.Random(0)
    words = [chr(97 + i) + chr(97 + j) for i in range(12) for j in range(12)]

    def some(low: int, high: int) -> str:
        return " ".join(rng.choice(words) for _ in range(rng.randint(low, high)))

    rows = "".join(f"{some(20, 30)},{some(2, 20)},t{i}\n" for i in range(600))
    (tmp_path / "replies.csv").write_text("post,reply,thread\n" + rows, encoding="utf-8")
    (tmp_path / "m.yaml").write_text(CHOICE, encoding="utf-8")
    ((_, parts),) = load_tasks([tmp_path / "m.yaml"], tmp_path, None)

    def value(post: str, option: str) -> float:
        size, like = len(option), likeness(post, option)
        return {"shortest": -size, "longest": size, "least like": -like, "most like": like}[rule]

    right = 0
    for example in parts["train"]:
        lines = example.messages[0].content.splitlines()
        options = dict(line.split(". ", 1) for line in lines if line[1:3] == ". ")
        post = max((line for line in lines if line[1:3] != ". "), key=len)
        right += max(options, key=lambda letter: value(post, options[letter])) == example.references[0]
    assert right / len(parts["train"]) < 0.45
