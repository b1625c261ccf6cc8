"""A very small recipe on files, and the command as users start it."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

MAPPING = """
set: toy
licence: made for this test
files: {train: train.jsonl.gz, dev: dev.jsonl, test: test.jsonl}
tasks:
  - id: toy_mood
    capability: understanding
    prompts:
      en: ["{text}\\nMood ({labels}):", "Mood of this, {labels}?\\n{text}"]
    answer: {column: mood, form: label, labels: {1: good, 0: bad}}
"""
RECIPE = """
name: small
threads: 1
precision: float32
data:
  kind: files
  mappings: [toy.yaml]
  examples_per_task: {train: 24, dev: 8, test: 80}
  general: {train: 24, dev: 12, test: 12}
base:
  kind: tiny
  vocab_size: 400
  hidden: 32
  layers: 1
  heads: 2
  kv_heads: 1
  head_dim: 16
  mlp: 32
  text_documents: 40
  echo_examples: 10
  general_examples: 40
  instruction_examples: 20
  checkpoint_every: 2
evaluation: {items_per_task: 80, samples: 2, max_new_tokens: 2}
stages:
  - kind: exploratory
    rl: {steps: 2, groups_per_step: 4, group_size: 4, max_new_tokens: 4, overlong_buffer: 2, checkpoint_every: 1,
      optimizer: {learning_rate: 1e-3}}
"""
SIZES = {"train": 60, "dev": 20, "test": 90}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder with ``recipe.yaml``, its mapping file ``toy.yaml`` and the data beside it."""
    for split, count in SIZES.items():
        rows = [json.dumps({"text": f"{split} text {i}", "mood": i % 2}) + "\n" for i in range(count)]
        text = "".join(rows).encode()
        if split == "train":
            (tmp_path / "train.jsonl.gz").write_bytes(gzip.compress(text))
        else:
            (tmp_path / f"{split}.jsonl").write_bytes(text)
    (tmp_path / "toy.yaml").write_text(MAPPING)
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    return tmp_path


Finished = subprocess.CompletedProcess


@pytest.fixture
def redone() -> Callable[..., Finished[str]]:
    """The command as a process of its own."""

    def call(*arguments: object, before: tuple[str, ...] = ()) -> Finished[str]:
        command = [*before, sys.executable, "-m", "redone.cli.main", *map(str, arguments)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)

    return call
