"""Sources for files that come without a mapping: columns are recognised by their usual names."""

from __future__ import annotations

import re
from pathlib import Path

from redone.corpus.settings.reading import SourceMapping
from redone.errors import UserError
from redone.sources.ingest.files import format_of, open_bytes

NAMES = {
    "id": ("id", "note_id", "post_id", "comment_id"),
    "language": ("language", "lang"),
    "created": ("created", "created_at", "time", "date", "timestamp"),
    "author": ("author", "author_id", "user_id", "user"),
    "kind": ("kind",),
    "parent": ("parent", "parent_id", "note_id"),
    "likes": ("likes", "like_count", "score", "ups"),
    "licence": ("licence", "license"),
}
"""Column of the corpus -> names of it, in the order in which they are tried."""
TEXTS = ("text", "body", "content", "tweet", "post", "message", "sentence")
TITLES = ("title", "subject")
LOOKED_AT = 1 << 16
"""Bytes at the beginning of a file from which its columns are read."""


def guess_sources(root: Path, name: str | None, taken: set[str]) -> list[SourceMapping]:
    """Return a source for one file below ``root``, or for every readable file below it.

    Raises:
        UserError: no readable file, or no column that could be text.

    """
    paths = [root / name] if name else sorted(p for p in root.rglob("*") if p.is_file() and format_of(p))
    if not paths or not format_of(paths[0]):
        raise UserError(
            f"--input {root / (name or '')}: no readable file (jsonl, json, csv, tsv, parquet, gz, zst)"
        )
    return [_source(root, path, taken) for path in paths]


def _source(root: Path, path: Path, taken: set[str]) -> SourceMapping:
    columns = _columns(path)
    lower = {column.lower(): column for column in reversed(columns)}
    text = [lower[name] for name in TITLES if name in lower][:1]
    text += [lower[name] for name in TEXTS if name in lower][:1]
    if not text:
        raise UserError(
            f"{path}: no column is called {', '.join(TEXTS)}; it has {', '.join(columns) or 'none'}. Map it "
            "under `sources:` in the recipe"
        )
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
        }
    )


def _columns(path: Path) -> list[str]:
    kind = format_of(path)
    if kind == ".parquet":
        import pyarrow.parquet as pq

        return [str(name) for name in pq.read_schema(path).names]
    with open_bytes(path) as stream:
        head = stream.read(LOOKED_AT).decode("utf-8-sig", "replace")
    if kind in (".csv", ".tsv"):
        first = head.split("\n", 1)[0].rstrip("\r")
        return [name.strip().strip('"') for name in first.split("\t" if kind == ".tsv" else ",")]
    # Keys of the first objects; what is nested deeper is no column.
    return list(dict.fromkeys(re.findall(r'"([^"\\\n]{1,60})"\s*:', head)))
