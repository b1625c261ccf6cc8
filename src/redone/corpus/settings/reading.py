"""Settings of reading: which column of the user's files is what, and how much is tolerated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from redone.corpus.settings.node import Settings
from redone.sources.ingest.reading import Encoding, Format, Reading

Kind = Literal["note", "comment", "query", "general"]


class Columns(Settings):
    """Names of the user's columns, ``user.name`` inside nested ones; an empty name means that there is none."""

    id: str = ""
    """Unique within the source; without it a row is named by file and line."""
    text: Annotated[tuple[str, ...], Field(min_length=1)] = ("text",)
    """Columns that make up the text, joined by line ends (title, body); empty ones are left out."""
    language: str = ""
    """Language code."""
    created: str = ""
    """ISO date or time, Chinese or mail form, or seconds or milliseconds since 1970."""
    author: str = ""
    """Who wrote it."""
    kind: str = ""
    """Column that tells notes from comments and queries; else the source's kind."""
    parent: str = ""
    """Id of the note that a comment or query belongs to."""
    likes: str = ""
    """A count (``12``, ``1,200``, ``1.2万``); absent means 0."""
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
    encoding: Encoding | Literal["auto"] = "auto"
    """How text files are encoded; auto: UTF-8, or another one where the bytes say so."""
    quote: Literal['"', ""] = '"'
    """Quote character of CSV and TSV; empty: quotes are text."""
    delimiter: Annotated[str, Field(max_length=4)] = ""
    """What stands between fields; empty: a comma, a tab in .tsv."""
    header: tuple[str, ...] = ()
    """Names of the columns of a table without a header line."""
    rows: str = ""
    """Where the rows are in one JSON document: ``data``, ``result.items``; ``*`` is the top."""
    format: Format | None = None
    """Form of files whose name does not say it; ``lines`` gives the column ``line``."""
    columns: Columns = Columns()
    """Which column is what."""

    @property
    def reading(self) -> Reading:
        """How its files are read, as mapping files for training say it."""
        encoding = None if self.encoding == "auto" else self.encoding
        return Reading(
            format=self.format, encoding=encoding, delimiter=self.delimiter, quote=self.quote,
            columns=self.header, rows=self.rows,
        )  # fmt: skip


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
