from __future__ import annotations

from pathlib import Path

import pytest

MAPPING = """
set: toy
licence: made for this test
files: {train: train.jsonl, dev: dev.jsonl, test: test.jsonl}
tasks:
  - id: toy_mood
    capability: understanding
    prompts:
      en: ["{text}\\nMood ({labels}):", "Mood of this, {labels}?\\n{text}", "Say {labels}.\\n{text}"]
    answer: {column: mood, form: label, labels: {1: good, 0: bad}}
"""


def jsonl(*rows: tuple[str, int]) -> str:
    return "".join(f'{{"text": "{text}", "mood": {mood}}}\n' for text, mood in rows)


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """A folder with a small set and its mapping file ``toy.yaml``."""
    for split in ("train", "dev", "test"):
        rows = [(f"{split} text number {i}", i % 2) for i in range(30)]
        (tmp_path / f"{split}.jsonl").write_text(jsonl(*rows), encoding="utf-8")
    (tmp_path / "toy.yaml").write_text(MAPPING, encoding="utf-8")
    return tmp_path
