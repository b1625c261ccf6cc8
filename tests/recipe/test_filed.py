"""A recipe on files: tasks, conversations and records side by side."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from redone.errors import UserError
from redone.recipe.config import read_recipe
from redone.recipe.filed import filed_dataset
from redone.recipe.inputs import input_hashes
from redone.recipe.starter import starter_recipe

TASKS = """
set: posts
licence: ours
files: {all: posts.jsonl}
split: {by: text, dev: 0.2, test: 0.2}
tasks:
  - id: posts_mood
    capability: understanding
    prompts: {en: ["{text}\\nMood ({labels}):", "Mood, {labels}?\\n{text}"]}
    answer: {column: mood, form: label, labels: [good, bad]}
"""
CHAT = """
set: helper
licence: MIT
files: {all: chat.jsonl}
split: {by: instruction, dev: 0.2, test: 0.2}
chat: {}
"""
RECORDS = """
set: tables
licence: ours
language: en
dev: 0.2
test: 0.2
records:
  notes: {files: posts.jsonl, fields: {id: n, author_id: n, body: text, title: title, hashtags: tags}}
"""


@pytest.fixture
def recipe_file(tmp_path: Path) -> Path:
    posts = [
        {"n": n, "text": f"a long day number {n} with food", "mood": ("good", "bad")[n % 2],
         "title": f"day {n}", "tags": [f"tag{n % 9}", "food"]}
        for n in range(300)
    ]  # fmt: skip
    talks = [{"instruction": f"what is {n} and one", "output": f"{n + 1}"} for n in range(300)]
    for name, rows in (("posts", posts), ("chat", talks)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    for name, text in (("tasks", TASKS), ("talk", CHAT), ("records", RECORDS)):
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    path = tmp_path / "recipe.yaml"
    path.write_text(
        starter_recipe("mine", ".", ["tasks.yaml", "talk.yaml", "records.yaml"]), encoding="utf-8"
    )
    return path


def test_tasks_conversations_and_records_make_one_dataset(recipe_file: Path, tmp_path: Path) -> None:
    sizes = {"data.general": {"train": 40, "dev": 20, "test": 20}, "data.chat_share": 0.5}
    recipe = read_recipe(recipe_file, sizes)
    dataset = filed_dataset(recipe, tmp_path / "run", sandbox=False)
    assert {"posts_mood", "chat_helper", "title"} <= set(dataset.tasks)
    assert "chat_helper" not in dataset.platform_tasks
    assert [example.task for example in dataset.general].count("chat_helper") == 20
    assert len(dataset.general) == 40
    assert {"posts_mood", "chat_helper", "title"} <= {example.task for example in dataset.test}
    assert dataset.notes[-1].endswith("20 of them conversations")
    hashed = input_hashes(recipe)
    assert {"posts/posts.jsonl", "helper/chat.jsonl", "tables/posts.jsonl"} <= set(hashed)


def test_conversations_alone_are_no_platform(recipe_file: Path, tmp_path: Path) -> None:
    recipe = read_recipe(recipe_file, {"data.mappings": [str(tmp_path / "talk.yaml")]})
    with pytest.raises(UserError, match="no mapping file gives a platform task"):
        filed_dataset(recipe, tmp_path / "run", sandbox=False)
