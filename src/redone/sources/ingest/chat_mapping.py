"""The typed form of the ``chat`` section: general conversations in one of the usual forms."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Form = Literal["messages", "sharegpt", "alpaca"]
Role = Literal["system", "user", "assistant"]


class Chat(BaseModel):
    """Conversations whose last answer is asked for, as general training data.

    ``form``: ``messages`` (``[{role, content}]``), ``sharegpt`` (``[{from, value}]``), ``alpaca`` (columns
    ``instruction``, ``input``, ``output``, and ``system``, ``history`` where they exist); empty: told by the
    first columns of each row. ``column`` is where the turns are, ``fields`` gives Alpaca columns other names.
    ``roles`` translates names of speakers beyond the usual ones. ``licence_column`` names the column with a
    row's licence; rows with a licence outside ``licences`` are set aside. ``language`` or ``language_column``
    says the language; without either it is told by the characters. ``prompt_characters`` and
    ``answer_characters`` bound the whole prompt and the answer: longer conversations are not asked.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(default="", pattern=r"^([a-z][a-z0-9_]*)?$")
    form: Form | None = None
    column: str = ""
    fields: dict[Literal["instruction", "input", "output", "system", "history"], str] = Field(
        default_factory=dict
    )
    roles: dict[str, Role] = Field(default_factory=dict)
    language: Literal["zh", "en"] | None = None
    language_column: str = ""
    licence_column: str = ""
    licences: Annotated[tuple[str, ...], BeforeValidator(lambda v: (v,) if isinstance(v, str) else v)] = ()
    prompt_characters: int = Field(default=2000, ge=1)
    answer_characters: int = Field(default=2000, ge=1)
    metric: str = "rouge_l"
