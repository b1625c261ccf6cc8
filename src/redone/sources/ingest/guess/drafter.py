"""What is known of a mapping file while its columns are recognised, and how tasks are added to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from redone.sources.ingest.guess.roles import Columns, Guess, guess, is_text
from redone.sources.ingest.guess.wordings import wordings
from redone.sources.ingest.guess.writing import FileDraft, TaskDraft

Steps = Sequence[Mapping[str, Any]]
PROMPT_CHARACTERS = 200
OPTION_CHARACTERS = 60
LANGUAGE_OF = {True: "zh", False: "en"}
_SIDELINES = ("licence", "split", "language", "id", "author", "group", "time", "parent", "likes")


def cut(column: str, characters: int = PROMPT_CHARACTERS) -> Mapping[str, Any]:
    """The step that shortens a column to what a prompt can hold."""
    return {"do": "cut", "column": column, "characters": characters}


def metric(name: str) -> dict[str, Any]:
    """The keys of a task that is judged by a metric."""
    return {"reward": {"kind": "metric", "metric": name}, "metric": name}


class Drafter:
    """Adds tasks to a mapping file as columns are recognised; every column is used in one part at most."""

    def __init__(self, file: FileDraft, columns: Columns) -> None:
        self.file = file
        self.columns = columns
        self.taken: set[str] = set()
        self.roles: dict[str, Guess] = {}
        self.split_by = ""
        for role in _SIDELINES:
            # Columns that belong to no task of their own, so that none is made of them.
            found = self.guess(role)
            if found is not None:
                self.roles[role] = found
                self.taken.add(found.column.name)

    def guess(self, role: str) -> Guess | None:
        """The column that fits a role best among those that have none yet."""
        return guess(role, self.columns, self.taken)

    def take(self, role: str, found: Guess, name: str = "") -> str:
        """Note a column under a role and give it its name in the mapping file."""
        self.taken.add(found.column.name)
        self.roles[role] = found
        name = name or role
        if found.column.name != name:
            self.file.columns[name] = found.column.name
        self.file.column_remarks[name] = ("" if found.sure else "unsure: ") + found.why
        return name

    def task(
        self, name: str, capability: str, kind: str, zh: bool, answer: dict[str, Any], **more: Any
    ) -> None:
        """Add a task in the usual wordings of its kind; ``more`` are fields of the draft."""
        prompts = wordings(kind, LANGUAGE_OF[zh])
        self.file.tasks.append(TaskDraft(f"{self.file.name}_{name}", capability, prompts, answer, **more))

    def choice(
        self, name: str, capability: str, kind: str, zh: bool, answer: str, like: str, *, prepare: Steps,
        where: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """Add a multiple-choice task: the right option is what the row holds, the others what other rows hold."""
        choices: dict[str, Any] = {"count": 3, "characters": OPTION_CHARACTERS}
        choices |= {"like": like, "apart": like} if like else {"hard": False}
        extra = {"where": where} if where else {}
        self.task(
            name, capability, kind, zh, {"column": answer, "form": "label"},
            prepare=prepare, extra={**extra, "choices": choices, "truth": "log"},
        )  # fmt: skip
        self.split_by = self.split_by or like

    def name(self, role: str) -> str:
        """The column of a role; empty without one."""
        found = self.roles.get(role)
        return found.column.name if found else ""

    def split(self) -> None:
        """Public splits stay; else a dialogue, a thread or an author stays in one split, else a text."""
        if {"test", "dev"} <= set(self.file.files):
            return
        if "split" in self.roles and "all" in self.file.files:
            self.file.split = {"column": self.name("split")}
            return
        by = self.name("group") or self.name("author") or self.split_by or self.name("id")
        if self.split_by in ("author", "group"):
            by = self.split_by
        elif not self.name("group") and not self.name("author") and self.file.chat is not None:
            by = self.name("id") or self._first_text() or str(self.file.chat.get("column", ""))
        shares = {"dev": 0.1} if "test" in self.file.files else {"dev": 0.1, "test": 0.1}
        self.file.split = {"by": by, **shares} if by else {}

    def _first_text(self) -> str:
        return next((c.name for c in self.columns.values() if is_text(c)), "")
