"""YAML with comments, written line by line: a mapping file is for people to read and change."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/.*")


def scalar(value: Any) -> str:
    """A value as YAML reads it back; texts are quoted unless they are plain names."""
    if not isinstance(value, str):
        return json.dumps(value)
    words = {"true", "false", "null", "yes", "no", "on", "off", "none", "y", "n"}
    if value and value[0].isalpha() and set(value) <= _PLAIN and value.lower() not in words:
        return value
    return json.dumps(value, ensure_ascii=False)


def flow(value: Any) -> str:
    """A value of any depth on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)


@dataclass(slots=True)
class TaskDraft:
    """A task to propose. ``remarks`` become comments above it, ``extra`` further keys."""

    id: str
    capability: str
    prompts: Mapping[str, Sequence[str]]
    answer: Mapping[str, Any]
    remarks: list[str] = field(default_factory=list)
    prepare: Sequence[Mapping[str, Any]] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """The task as lines below ``tasks:``."""
        lines = [f"  # {remark}" for remark in self.remarks]
        lines += [f"  - id: {self.id}", f"    capability: {self.capability}", "    prompts:"]
        for language, wordings in self.prompts.items():
            lines.append(f"      {language}:")
            lines += [f"        - {scalar(wording)}" for wording in wordings]
        if self.prepare:
            lines += ["    prepare:", *[f"      - {flow(step)}" for step in self.prepare]]
        lines.append(f"    answer: {flow(self.answer)}")
        return [*lines, *[f"    {key}: {flow(value)}" for key, value in self.extra.items()]]


@dataclass(slots=True)
class FileDraft:
    """A mapping file to propose; ``notes`` stand at its top."""

    name: str
    files: Mapping[str, Sequence[str]]
    notes: list[str] = field(default_factory=list)
    reading: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    column_remarks: dict[str, str] = field(default_factory=dict)
    id: str = ""
    split: dict[str, Any] = field(default_factory=dict)
    prepare: list[Mapping[str, Any]] = field(default_factory=list)
    tasks: list[TaskDraft] = field(default_factory=list)
    chat: dict[str, Any] | None = None

    def text(self) -> str:
        """The file."""
        lines = [f"# {note}" for note in self.notes]
        lines += [f"set: {scalar(self.name)}", "licence: unknown  # say who may use the data"]
        lines += ["files:", *[f"  {part}: {flow(list(paths))}" for part, paths in self.files.items()]]
        lines += [f"reading: {flow(self.reading)}"] if self.reading else []
        lines += ["columns:  # name in this file: column of the dump"] if self.columns else []
        for new, old in self.columns.items():
            remark = self.column_remarks.get(new, "")
            lines.append(f"  {new}: {scalar(old)}" + (f"  # {remark}" if remark else ""))
        lines += [f"id: {scalar(self.id)}"] if self.id else []
        if self.split:
            lines.append(f"split: {flow(self.split)}  # rows with equal values stay in one split")
        lines += ["prepare:", *[f"  - {flow(step)}" for step in self.prepare]] if self.prepare else []
        lines += [f"chat: {flow(self.chat)}"] if self.chat is not None else []
        lines += ["tasks:"] if self.tasks else []
        lines += [line for task in self.tasks for line in task.lines()]
        return "\n".join(lines) + "\n"

    def skeleton(self, columns: Sequence[str]) -> str:
        """The file as far as it is known, with a task to fill in, for a set of which no task was recognised."""
        column = columns[0] if columns else "column"
        self.tasks = [
            TaskDraft(
                f"{self.name}_task", "understanding",
                {"en": ["{text}\nLabel ({labels}):", "Which of {labels} is this?\n{text}"]},
                {"column": "label", "form": "label", "labels": {"0": "no", "1": "yes"}},
                ["no task was recognised: say here which column is asked for, then add this file to the recipe"],
            )
        ]  # fmt: skip
        self.columns = {"text": column, "label": columns[-1] if columns else column}
        self.column_remarks = dict.fromkeys(self.columns, "unsure: a guess to be replaced")
        self.split = self.split or {"by": "text", "dev": 0.1, "test": 0.1}
        return self.text()
