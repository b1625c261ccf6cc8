"""The preparation steps of a mapping file, typed. ``do`` names the step."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from redone.sources.ingest.reading import Reading
from redone.sources.ingest.steps import shape_models


class _Step(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Join(_Step):
    """List column -> text, items separated by ``by``."""

    do: Literal["join"]
    column: str
    by: str = " "
    into: str


class SplitText(_Step):
    """Text column -> list, cut ``at`` a separator; empty pieces go, white space around pieces too."""

    do: Literal["split"]
    column: str
    at: str
    into: str


class Cut(_Step):
    """At most ``characters`` of a text, ended at a space where there is one near, with ``...``."""

    do: Literal["cut"]
    column: str
    characters: int = Field(ge=4)
    into: str = ""


class Replace(_Step):
    """Every literal ``find`` in a text becomes ``by``."""

    do: Literal["replace"]
    column: str
    find: str = Field(min_length=1)
    by: str = ""
    into: str = ""


class Compact(_Step):
    """Undoes segmentation: ``chinese`` drops spaces beside Chinese characters, ``every`` all. Lists too."""

    do: Literal["compact"]
    column: str
    spaces: Literal["chinese", "every"] = "chinese"
    into: str = ""


class Detokenise(_Step):
    """Undoes English tokenisation: ``don 't , ok`` -> ``don't, ok``."""

    do: Literal["detokenise"]
    column: str
    into: str = ""


class Bins(_Step):
    """Number -> name: ``names[i]`` for values below ``edges[i]``, the last name for the rest."""

    do: Literal["bins"]
    column: str
    edges: tuple[float, ...] = Field(min_length=1)
    names: tuple[str, ...]
    into: str


class Entities(_Step):
    """``tags`` (BIO, BMES, BIOES, BILOU) over ``tokens`` -> distinct entities of ``kinds`` (raw tag -> word).

    Without ``kinds`` all are taken. ``typed`` writes ``text = kind``, else only the text. ``glue`` stands between
    tokens. ``names``: what numbers
    mean, where tags are numbers (``[O, B-PER, I-PER]``).
    """

    do: Literal["entities"]
    tokens: str = "tokens"
    tags: str = "ner_tags"
    kinds: dict[str, str] = Field(default_factory=dict)
    names: tuple[str, ...] = ()
    typed: bool = False
    glue: str = " "
    into: str


class Spans(_Step):
    """Character ``offsets`` -> the distinct pieces of ``text`` that they cover.

    Offsets are a list of positions, of ``[start, end]`` (an item behind them is a kind), or of objects with
    ``start``, ``end`` and maybe ``label``; ends are exclusive. ``kinds`` keeps only pieces of these kinds
    (raw kind -> word), ``typed`` writes ``text = kind``.
    """

    do: Literal["spans"]
    text: str
    offsets: str
    kinds: dict[str, str] = Field(default_factory=dict)
    typed: bool = False
    into: str


class Last(_Step):
    """Last item of a list -> ``into``; the ``keep`` items before it, joined by ``glue`` -> ``rest``.

    ``speakers`` are put in turn before the items, such that the answer is by the last one of them.
    """

    do: Literal["last"]
    column: str
    into: str
    rest: str
    keep: int = Field(default=4, ge=1)
    glue: str = "\n"
    speakers: tuple[str, ...] = ()


class Partition(_Step):
    """Items of a list that are in another list -> ``inside``, the others -> ``outside`` (order kept)."""

    do: Literal["partition"]
    column: str
    by: str
    inside: str
    outside: str


class First(_Step):
    """First item of a list -> a text column."""

    do: Literal["first"]
    column: str
    into: str


class Lookup(_Step):
    """Joins columns of another file: rows whose ``key`` equals this row's ``match`` columns.

    Of a ``match`` column that holds a list the first item counts. ``take`` maps new column -> column
    there; ``many`` collects all matching rows into lists. ``reading`` says how that file is read, where it is
    read in another way than the set's own files.
    """

    do: Literal["lookup"]
    files: str
    reading: Reading | None = None
    key: tuple[str, ...]
    match: tuple[str, ...]
    take: dict[str, str] = Field(min_length=1)
    many: bool = False


class Group(_Step):
    """Rows with equal ``by`` columns -> one row: those columns, and lists of ``collect`` columns.

    ``order`` sorts within the group (by number or by time); ``keep`` holds the last so many, 0 all.
    """

    do: Literal["group"]
    by: tuple[str, ...]
    collect: dict[str, str] = Field(min_length=1)
    order: str = ""
    keep: int = 0


class History(_Step):
    """The lines of the ``size`` rows before with the same ``by`` value -> ``into`` (first row: empty).

    Rows of one group must follow one another. ``line`` is a wording with ``{column}`` fields.
    """

    do: Literal["history"]
    by: str
    line: str
    size: int = Field(default=3, ge=1)
    into: str


class Pair(_Step):
    """Two rows in turn with the same ``by`` value -> one row with ``a_*`` and ``b_*`` columns.

    ``larger`` is A or B, by the ``order`` column. Pairs whose ``order`` values differ by less than the
    ``ratio`` are not formed: they have no clear answer.
    """

    do: Literal["pair"]
    by: str
    order: str
    ratio: float = Field(default=2.0, ge=1)


AnyRowStep = (
    Join
    | SplitText
    | Cut
    | Replace
    | Compact
    | Detokenise
    | Bins
    | Entities
    | Spans
    | Last
    | Partition
    | First
    | shape_models.Take
    | shape_models.Json
    | shape_models.Part
    | shape_models.Compose
    | shape_models.Pick
    | shape_models.Turns
)
RowStep = Annotated[AnyRowStep, Field(discriminator="do")]
Step = Annotated[
    AnyRowStep | shape_models.Unfold | Lookup | Group | History | Pair, Field(discriminator="do")
]
