"""Steps that bring nested or badly cut columns into shape, typed. ``do`` names the step."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from redone.sources.ingest.values import as_words

Words = Annotated[dict[str, str], BeforeValidator(as_words)]


class _Step(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Take(_Step):
    """A value from inside a nested column: ``user.name``, ``answers.0.text``. ``default`` where it is empty."""

    do: Literal["take"]
    column: str
    default: str | None = None
    into: str


class Json(_Step):
    """A text that holds JSON (a list or an object in a CSV field) -> what it holds."""

    do: Literal["json"]
    column: str
    into: str = ""


class Part(_Step):
    """Piece ``number`` (from 0; -1 the last) of a text cut ``at`` a separator, at most ``most`` cuts (0: all)."""

    do: Literal["part"]
    column: str
    at: str = Field(min_length=1)
    number: int = 0
    most: int = Field(default=0, ge=0)
    into: str


class Compose(_Step):
    r"""A text made of columns: ``"{title}\n{body}"``; an absent or empty column leaves nothing."""

    do: Literal["compose"]
    text: str = Field(min_length=1)
    into: str


class Pick(_Step):
    """List of objects -> list of their ``key`` values; ``only`` keeps objects whose keys have these values."""

    do: Literal["pick"]
    column: str
    key: str
    only: Words = Field(default_factory=dict)
    into: str


class Turns(_Step):
    """Dialogue as a list of objects -> its last turn in ``into``, the ``keep`` turns before it in ``rest``.

    ``text`` and ``speaker`` are keys of a turn; ``names`` gives speakers other words; ``by`` cuts the
    dialogue after the last turn of this speaker (as the file names it). ``who`` receives the name of the
    speaker of the last turn.
    """

    do: Literal["turns"]
    column: str
    text: str = "text"
    speaker: str = "speaker"
    names: Words = Field(default_factory=dict)
    by: str = ""
    keep: int = Field(default=4, ge=1)
    into: str
    rest: str
    who: str = ""


class Unfold(_Step):
    """One row per item of a list column, the item in ``into``: an object's values are ``into.key``."""

    do: Literal["unfold"]
    column: str
    into: str
