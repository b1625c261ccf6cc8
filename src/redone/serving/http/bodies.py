"""What may stand in a request: read strictly where it matters, and refused where it would be ignored."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from redone.serving.http.errors import Refused

Stop = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Model = TypeVar("Model", bound=BaseModel)


class TextPart(BaseModel):
    """A part of a turn. Only text: nothing that a request names is ever fetched."""

    type: Literal["text"]
    text: str


class Turn(BaseModel):
    """A chat turn."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[TextPart]

    def text(self) -> str:
        """The turn's text in one piece."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content)


class StreamOptions(BaseModel):
    """What a stream ends with."""

    include_usage: bool = False


class Drawing(BaseModel):
    """How answers are drawn: common to both endpoints. Fields that only label a request are ignored."""

    model_config = ConfigDict(extra="allow")

    model: str = Field(max_length=500)
    max_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=5)
    top_p: float | None = Field(default=None, gt=0, le=1)
    n: int | None = Field(default=None, ge=1)
    seed: int | None = None
    stop: Stop | Annotated[list[Stop], Field(max_length=8)] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    frequency_penalty: Literal[0] | None = None
    presence_penalty: Literal[0] | None = None
    logit_bias: dict[str, float] | None = Field(default=None, max_length=0)

    def stops(self) -> tuple[str, ...]:
        """Stop strings."""
        return () if self.stop is None else (self.stop,) if isinstance(self.stop, str) else tuple(self.stop)


class ResponseFormat(BaseModel):
    """Plain text only; structured answers are what the applications are for."""

    type: Literal["text"]


class ChatBody(Drawing):
    """``POST /v1/chat/completions``."""

    messages: list[Turn] = Field(min_length=1, max_length=1000)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    response_format: ResponseFormat | None = None
    tools: list[Any] | None = Field(default=None, max_length=0)
    functions: list[Any] | None = Field(default=None, max_length=0)
    logprobs: Literal[False] | None = None


class CompletionBody(Drawing):
    """``POST /v1/completions``: text or ids, without the chat template."""

    prompt: (
        str
        | Annotated[list[str], Field(min_length=1, max_length=64)]
        | Annotated[list[int], Field(min_length=1)]
        | Annotated[list[list[int]], Field(min_length=1, max_length=64)]
    )
    echo: Literal[False] | None = None
    suffix: Literal[""] | None = None
    logprobs: None = None
    best_of: Literal[1] | None = None

    def prompts(self) -> list[str | list[int]]:
        """One entry per prompt."""
        if isinstance(self.prompt, str):
            return [self.prompt]
        if isinstance(self.prompt[0], int):
            return [[int(i) for i in self.prompt if isinstance(i, int)]]
        return [p for p in self.prompt if not isinstance(p, int)]


def read_body(kind: type[Model], content: bytes) -> Model:
    """A request's body.

    Raises:
        Refused: 400, with the first field that is wrong and what is wrong with it.

    """
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Refused(400, f"{where or 'body'}: {first['msg']}", param=where, code=first["type"]) from error
