"""The rows of a fine-tuning stage on disk, so that another trainer can take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from redone.recipe.durable import write_bytes
from redone.records import Message

if TYPE_CHECKING:
    from redone.recipe.stages.imitate import Lesson

LESSONS = "lessons.jsonl"
"""In the folder of a fine-tuning stage: one row of one epoch per line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonRow:
    """What is asked, what is to be said, and where the answer comes from."""

    id: str
    task: str
    source: str
    messages: tuple[Message, ...]
    answer: str


def lesson_rows(lessons: Sequence[Lesson]) -> list[LessonRow]:
    """The lessons without what training does not need."""
    return [
        LessonRow(
            id=lesson.example.id,
            task=lesson.example.task,
            source=lesson.source,
            messages=lesson.example.messages,
            answer=lesson.answer,
        )
        for lesson in lessons
    ]


def write_lessons(path: Path, lessons: Sequence[Lesson]) -> None:
    """Write the rows, durably."""
    write_bytes(path, b"".join(orjson.dumps(asdict(row)) + b"\n" for row in lesson_rows(lessons)))


def read_lessons(path: Path) -> list[LessonRow]:
    """The rows as written."""
    rows = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    return [
        LessonRow(**{**row, "messages": tuple(Message(**message) for message in row["messages"])})
        for row in rows
    ]
