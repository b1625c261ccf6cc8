"""Sources for files that come without a mapping: columns are recognised by their usual names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from redone.corpus.settings.reading import SourceMapping
from redone.errors import UserError
from redone.sources.ingest.faults import RowFault
from redone.sources.ingest.files import format_of
from redone.sources.ingest.readers import parsed_rows
from redone.sources.ingest.reading import Reading
from redone.sources.ingest.settings import IngestSettings
from redone.sources.ingest.sniff import sniff

NAMES = {
    "id": ("id", "comment_id", "note_id", "post_id", "_id.$oid", "评论id", "笔记id", "帖子id", "微博id"),
    "language": ("language", "lang", "语言"),
    "created": ("created", "created_at", "time", "date", "timestamp", "发布时间", "创建时间", "时间"),
    "author": ("author", "author_id", "user_id", "user", "author.id", "user.id", "作者", "用户id", "用户"),
    "kind": ("kind",),
    "parent": ("parent", "parent_id", "note_id", "post_id", "所属笔记", "笔记id"),
    "likes": ("likes", "like_count", "score", "ups", "点赞数", "点赞"),
    "licence": ("licence", "license"),
}
"""Column of the corpus -> names of it, in the order in which they are tried."""
TEXTS = (
    "text", "body", "content", "tweet", "post", "message", "sentence", "content.text", "full_text",
    "selftext", "comment", "comment_text", "review", "review_text", "desc", "正文", "微博正文", "微博", "内容",
    "文本", "评论内容", "消息内容", "帖子正文", "帖子内容", "笔记正文", "笔记内容", "微博内容", "內文", "內容",
)  # fmt: skip
TITLES = ("title", "subject", "标题")
LOOKED_AT = 50
"""Rows at the beginning of a file from which its columns are read."""


@dataclass(frozen=True, slots=True)
class Found:
    """The sources of some files, and the files that hold no text: path of each, and what it holds."""

    sources: tuple[SourceMapping, ...]
    left: tuple[tuple[str, str], ...] = ()


def guess_sources(root: Path, name: str | None, taken: set[str]) -> Found:
    """Return a source for one file below ``root``, or for every readable file below it.

    Raises:
        UserError: no readable file, a damaged one, or no column in any that could be text.

    """
    paths = [root / name] if name else sorted(p for p in root.rglob("*") if p.is_file() and format_of(p))
    if not paths or not format_of(paths[0]):
        raise UserError(
            f"--input {root / (name or '')}: no readable file (jsonl, json, csv, tsv, parquet, gz, zst)"
        )
    sources: list[SourceMapping] = []
    left: list[tuple[str, str]] = []
    for path in paths:
        reading, _ = sniff(path)
        columns, fault = _columns(path, reading)
        source = _source(root, path, columns, reading, taken) if columns else None
        if source is None:
            said = f"columns: {', '.join(list(columns)[:12])}" if columns else f"nothing to read ({fault})"
            left.append((path.relative_to(root).as_posix(), said))
        else:
            sources.append(source)
    if not sources:
        raise UserError(
            f"{root / left[0][0]}: {left[0][1]}. No column is called {', '.join(TEXTS)}: map one under `sources:` in "
            "the recipe"
        )
    return Found(tuple(sources), tuple(left))


def _source(
    root: Path, path: Path, columns: Mapping[str, int], reading: Reading, taken: set[str]
) -> SourceMapping | None:
    lower = {column.lower(): column for column in reversed(list(columns))}
    text = [lower[name] for name in TITLES if name in lower][:1]
    body = [lower[name] for name in TEXTS if name in lower][:1]
    text += body
    # A title beside a longer text of another name is not all that was written.
    if not text or (not body and columns[text[0]] < max(columns.values())):
        return None
    used: dict[str, str] = {}
    for key, names in NAMES.items():
        found = next((lower[n] for n in names if n in lower and lower[n] not in {*used.values(), *text}), "")
        if found:
            used[key] = found
    slug = re.sub(r"[^a-z0-9_-]+", "-", path.name.split(".")[0].lower()).strip("-")[:40] or "input"
    source, number = slug, 2
    while source in taken:
        source, number = f"{slug}-{number}", number + 1
    taken.add(source)
    kinds = {kind: kind for kind in ("note", "comment", "query", "general")} if "kind" in used else {}
    return SourceMapping.model_validate(
        {
            "source": source,
            "files": (path.relative_to(root).as_posix(),),
            "columns": {"text": tuple(text), **used},
            "kinds": kinds,
            "delimiter": reading.delimiter,
            "quote": reading.quote,
            "header": reading.columns,
            "rows": reading.rows,
        }
    )


def _columns(path: Path, reading: Reading) -> tuple[dict[str, int], str]:
    """The columns of the first rows, those inside nested ones by their places, with the characters that they hold.

    And what is wrong with the first row that cannot be read.
    """
    rows = parsed_rows(path, path.name, IngestSettings(reading=reading))
    found: dict[str, int] = {}
    wrong = ""
    for line, row, _ in islice(rows, LOOKED_AT):
        if isinstance(row, RowFault):
            wrong = wrong or f"line {line}: {row}"
            continue
        for name, value in row.items():
            inside = value if isinstance(value, dict) else {}
            for place, held in inside.items():
                found[f"{name}.{place}"] = found.get(f"{name}.{place}", 0) + len(str(held))
            if not isinstance(value, dict | list):
                found[name] = found.get(name, 0) + (len(value) if isinstance(value, str) else 0)
    return found, wrong or "no rows"
