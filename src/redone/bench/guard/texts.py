"""Which texts of a benchmark item must not be in training data: what it asks, and what it answers."""

from __future__ import annotations

import json
from typing import Any, Literal

from redone.bench.sets import BenchSet, Item

Kind = Literal["question", "answer", "translation"]

_QUESTIONS = (
    "content", "sentence2", "question_content", "question", "Question", "problem", "prompt", "text", "input",
    "user_query", "source",
)  # fmt: skip
_ANSWERS = ("answer", "canonical_solution", "code", "solution", "reference")
_SHORT = 80
"""Characters under which a choice question's options are part of what identifies it."""


def item_texts(bench_set: BenchSet, item: Item) -> list[tuple[Kind, str]]:
    """Return the item's texts by kind; a translation's other side is a kind of its own."""
    row = item.row
    if bench_set.suite == "sns-transbench":
        return [("question", row[row["src_lang"]]), ("translation", row[row["dst_lang"]])]
    if "src_lang" in row and "reference" in row:
        return [("question", row["source"]), ("translation", row["reference"])]
    found: list[tuple[Kind, str]] = []
    question = next((_plain(row[name]) for name in _QUESTIONS if name in row), "")
    if len(question) < _SHORT and row.get("options"):
        question = "\n".join([question, *map(str, row["options"])])
    if question:
        found.append(("question", question))
    found += [("answer", _plain(row[name])) for name in _ANSWERS if row.get(name)]
    return found


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(_plain(part) for part in value)
    return json.dumps(value, ensure_ascii=False)
