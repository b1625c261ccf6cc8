"""Files of an export: JSON lines, text, chat turns as every tool writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from redone.records import Message

Turn = dict[str, str]


@dataclass(frozen=True, slots=True)
class Written:
    """What an export has written: files with their rows, and what is to be known about them."""

    files: Mapping[str, int]
    notes: tuple[str, ...]


def chat_of(messages: Sequence[Message], answer: str | None = None) -> list[Turn]:
    """Chat turns, with ``answer`` as the assistant's last."""
    turns = [{"role": str(message.role), "content": message.content} for message in messages]
    return turns if answer is None else [*turns, {"role": "assistant", "content": answer}]


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Write JSON lines; how many there are."""
    count = 0
    with path.open("wb") as file:
        for row in rows:
            file.write(orjson.dumps(row) + b"\n")
            count += 1
    return count


def write_text(path: Path, text: str, *, executable: bool = False) -> None:
    """Write UTF-8, as a program that can be started where ``executable`` says so."""
    path.write_text(text, encoding="utf-8")
    if executable:
        path.chmod(0o755)
