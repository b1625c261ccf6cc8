"""The typed form of a mapping file that goes from columns to platform records."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from redone.records import Comment, Interaction, Note, ParallelText, Query, Relevance, User
from redone.sources.ingest.mapping import Language, Paths, Strict
from redone.sources.ingest.reading import Reading
from redone.sources.ingest.values import as_words

RecordKind = Literal["users", "notes", "comments", "queries", "relevance", "interactions", "parallel"]
CLASSES: dict[RecordKind, type] = {
    "users": User,
    "notes": Note,
    "comments": Comment,
    "queries": Query,
    "relevance": Relevance,
    "interactions": Interaction,
    "parallel": ParallelText,
}
KINDS: tuple[RecordKind, ...] = tuple(CLASSES)


class Column(Strict):
    """Where a field's value comes from: a ``column``, or one ``value`` for all rows.

    ``split`` cuts a text into a list, ``map`` translates raw values, ``default`` stands in where the column
    is empty, ``characters`` cuts a long text (0: whole). Without a default, an empty column
    leaves an optional field empty.
    """

    column: str = ""
    value: str = ""
    split: str = ""
    map: Annotated[dict[str, str], BeforeValidator(as_words)] = Field(default_factory=dict)
    default: str = ""
    characters: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _one(self) -> Column:
        if bool(self.column) == bool(self.value):
            raise ValueError("give either 'column' or 'value'")
        return self


def _column(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


AnyColumn = Annotated[Column, BeforeValidator(_column)]


class Records(Strict):
    """Files of one kind of record and which column fills which field; ``labels`` are filled by name.

    ``reading`` says how these files are read, where they are read in another way than the others.
    """

    files: Paths = Field(min_length=1)
    reading: Reading | None = None
    fields: dict[str, AnyColumn] = Field(min_length=1)
    labels: dict[str, AnyColumn] = Field(default_factory=dict)


class RecordFile(Strict):
    """A mapping file with records. ``language`` is used where no column gives one.

    ``dev`` and ``test`` are the shares of authors (and of queries without an author) in those splits.
    """

    set: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    licence: str
    origin: str = ""
    language: Language | None = None
    reading: Reading = Reading()
    records: dict[RecordKind, Records] = Field(min_length=1)
    policy: dict[str, str] = Field(default_factory=dict)
    dev: float = Field(default=0.1, ge=0, lt=0.5)
    test: float = Field(default=0.1, ge=0, lt=0.5)
    blocks: int = Field(default=1, ge=1)
    """How many blocks the platform comes in: more blocks, less memory, one reading of the files for each."""

    @model_validator(mode="after")
    def _known(self) -> RecordFile:
        if "notes" not in self.records and ({"comments", "relevance", "interactions"} & set_of(self.records)):
            raise ValueError("comments, relevance and interactions name notes: map 'notes' too")
        return self


def set_of(names: Any) -> set[str]:
    """The names as a set (the class above uses the word ``set`` for its own key)."""
    return {*names}
