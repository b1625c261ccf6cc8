"""Settings of reading: which column of the user's files is what, and how much is tolerated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from redone.corpus.settings.node import Settings

Kind = Literal["note", "comment", "query", "general"]


class Columns(Settings):
    """Names of the user's columns; an empty name means that there is none."""

    id: str = ""
    """Unique within the source; without it a row is named by file and line."""
    text: Annotated[tuple[str, ...], Field(min_length=1)] = ("text",)
    """Columns that make up the text, joined by line ends (title, body); empty ones are left out."""
    language: str = ""
    """Language code."""
    created: str = ""
    """ISO date or time, or seconds or milliseconds since 1970."""
    author: str = ""
    """Who wrote it."""
    kind: str = ""
    """Column that tells notes from comments and queries; else the source's kind."""
    parent: str = ""
    """Id of the note that a comment or query belongs to."""
    likes: str = ""
    """A count; absent means 0."""
    licence: str = ""
    """Licence of the row; else the source's."""
    carry: tuple[str, ...] = ()
    """Further columns, kept as text under the same name."""


class SourceMapping(Settings):
    """One source: its files, and what their columns mean."""

    source: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,47}$")]
    """Short name, lower case; ids are prefixed with it."""
    files: Annotated[tuple[str, ...], Field(min_length=1)]
    """Files, folders or * patterns below the root."""
    licence: str = "unknown"
    """Licence of all rows."""
    kind: Kind = "note"
    """What the rows are."""
    kinds: Mapping[str, Kind] = {}
    """Values of the kind column, by what they mean here."""
    language: str | None = None
    """Language of all rows, if it is known."""
    encoding: Literal["auto", "utf-8", "utf-16", "gb18030", "big5", "latin-1", "cp1252"] = "auto"
    """How text files are encoded; auto: UTF-8, or UTF-16 and GB18030 where the bytes say so."""
    quote: Literal['"', ""] = '"'
    """Quote character of CSV and TSV; empty: quotes are text."""
    columns: Columns = Columns()
    """Which column is what."""


class ReadingSettings(Settings):
    """How input is cut into shards, and when too much of it is faulty."""

    shard_bytes: Annotated[int, Field(ge=1 << 10)] = 64 << 20
    """Bytes of JSON lines per shard."""
    shard_rows: Annotated[int, Field(ge=1)] = 250_000
    """Rows per shard of all other formats."""
    max_line_bytes: Annotated[int, Field(ge=1 << 10)] = 1 << 20
    """A longer line, JSON element or text is set aside."""
    quarantine_limit: Annotated[float, Field(ge=0, le=1)] = 0.05
    """Share of faulty rows of a source above which the run stops: the mapping is then more likely wrong."""
    max_record_lines: Annotated[int, Field(ge=1)] = 200
    """Lines that a quoted CSV field may span; a longer one is taken for a quote that is never closed."""
