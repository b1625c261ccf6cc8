"""The platform's tables as records, where a folder has them: from these the task catalogue builds its tasks."""

from __future__ import annotations

from typing import Any

from redone.sources.ingest.guess.names import rank
from redone.sources.ingest.guess.profile import Column
from redone.sources.ingest.guess.roles import FITS, Columns, is_label, is_text, separator_of
from redone.sources.ingest.guess.roles import guess as guess_role
from redone.sources.ingest.guess.sets import FileSet
from redone.sources.ingest.guess.writing import flow, scalar
from redone.sources.ingest.reading import Reading

LABELS = {"sentiment", "emotion", "harm", "clickbait", "sarcasm", "intent", "act", "genre"}
"""Labels that tasks of the catalogue know; others are kept under their own names."""
_TEXT_CHARACTERS = 140
_PARENTS = ("note_id", "post_id", "帖子id", "笔记id", "所属笔记")


class RecordDraft:
    """Gathers tables while sets are looked at; ``text`` is the mapping file, empty without posts or translations."""

    def __init__(self) -> None:
        self.tables: dict[str, tuple[FileSet, dict[str, Any], dict[str, Any]]] = {}
        self.readings: dict[str, Reading] = {}
        self.chinese = False

    def offer(self, found: FileSet, reading: Reading, columns: Columns) -> None:
        """Take a set as one kind of record, if it is one and the kind has no file yet."""
        for kind, fields in self._kinds(columns):
            if kind not in self.tables:
                labels = _labels(columns, fields) if kind in ("notes", "comments", "queries") else {}
                self.tables[kind] = (found, fields, labels)
                self.readings[kind] = reading
                if kind == "notes":
                    self.chinese = any(column.chinese for column in columns.values() if is_text(column))
                return

    def _kinds(self, columns: Columns) -> list[tuple[str, dict[str, Any]]]:
        ids = _named(columns, "id", lambda c: c.unique)
        author = _named(columns, "author", lambda c: True)
        text = next((c for c in columns.values() if c.kind == "text" and rank(c.name, "text") is not None
                     and is_text(c)), None)  # fmt: skip
        query = _named(columns, "query", FITS["query"])
        found: list[tuple[str, dict[str, Any]]] = []
        level = columns.get("level") or columns.get("relevance")
        if {"query_id", "note_id"} <= set(columns) and level is not None:
            found.append(("relevance", {"query_id": "query_id", "note_id": "note_id", "level": level.name}))
        action = _named(columns, "action", is_label)
        parent = next(
            (columns[n] for n in ("note_id", "post_id", "帖子id", "笔记id", "所属笔记") if n in columns), None
        )
        if action is not None and author is not None and text is None:
            found.append(("interactions", _fields(columns, user_id=author, kind=action, note_id=parent)))
        if text is not None and ids is not None and author is not None:
            own = {"id": ids, "author_id": author}
            if parent is not None and parent.name != ids.name:
                above = columns.get("parent_id") or columns.get("父评论")
                found.append(
                    ("comments", _fields(columns, **own, note_id=parent, text=text, parent_id=above))
                )
            else:
                title = guess_role("title", columns, {text.name})
                tags = guess_role("hashtags", columns, {text.name})
                fields = _fields(columns, **own, body=text, title=title.column if title else None)
                fields["body"] = {"column": text.name, "characters": _TEXT_CHARACTERS}
                if tags is not None:
                    mark = separator_of(tags.column) if tags.column.kind == "text" else ""
                    cut = {"column": tags.column.name, "split": mark}
                    fields["hashtags"] = cut if mark else tags.column.name
                found.append(("notes", fields))
        if query is not None and ids is not None and author is not None and text is None:
            found.append(("queries", _fields(columns, id=ids, user_id=author, text=query)))
        if text is None and author is not None and author.unique and len(columns) > 1:
            about = {
                role: _named(columns, role, lambda c: True)
                for role in ("gender", "age", "persona", "interests")
            }
            found.append(("users", _fields(
                columns, id=author, gender=about["gender"], age_band=about["age"], persona=about["persona"],
            )))  # fmt: skip
        return found

    def text(self) -> str:
        """The mapping file. All its files must be read in the same way, so tables of another reading stay out."""
        if "notes" not in self.tables:
            return ""
        reading = self.readings["notes"]
        lines = [
            "# The platform's own tables, from which the task catalogue builds its tasks: `redone ingest --check`",
            "# says which of them these records allow and what the others lack. Written by `redone init`.",
            "set: platform",
            "licence: unknown  # say who may use the data",
            f"language: {'zh' if self.chinese else 'en'}  # unsure: remove it and map `language` where posts differ",
        ]
        shown = reading.model_dump(exclude_defaults=True)
        if shown:
            lines.append(
                f"reading: {flow({k: list(v) if isinstance(v, tuple) else v for k, v in shown.items()})}"
            )
        lines.append("records:")
        for kind, (found, fields, labels) in self.tables.items():
            paths = [path for part in found.parts.values() for path in part]
            if self.readings[kind] != reading:
                lines.append(
                    f"  # {kind}: {', '.join(paths)} is read in another way; convert it to map it too"
                )
                continue
            lines += [f"  {kind}:", f"    files: {flow(paths)}", f"    fields: {flow(fields)}"]
            lines += [f"    labels: {flow(labels)}"] if labels else []
        return "\n".join(lines) + "\n"


def _named(columns: Columns, role: str, fits: Any) -> Column | None:
    ranked = [
        (place, c)
        for c in columns.values()
        if (place := rank(c.name, role)) is not None and c.filled and fits(c)
    ]
    return min(ranked, key=lambda pair: pair[0])[1] if ranked else None


def _fields(columns: Columns, **parts: Column | None) -> dict[str, Any]:
    fields: dict[str, Any] = {name: column.name for name, column in parts.items() if column is not None}
    time = guess_role("time", columns, set(fields.values()))
    if time is not None and "author_id" in fields and time.column.kind == "text":
        fields["created"] = time.column.name
    return fields


def _labels(columns: Columns, fields: dict[str, Any]) -> dict[str, Any]:
    used = {str(value) for value in fields.values()}
    return {
        name: column.name
        for column in columns.values()
        if (name := scalar(column.name.lower())) in LABELS and column.name not in used and is_label(column)
    }
