"""The forms of OpenAI's replies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redone.serving.engine import Answer


@dataclass(frozen=True, slots=True)
class Kind:
    """What the two endpoints call the same things."""

    prefix: str
    object: str
    chunk: str


CHAT = Kind("chatcmpl", "chat.completion", "chat.completion.chunk")
COMPLETION = Kind("cmpl", "text_completion", "text_completion")


def choice(kind: Kind, number: int, answer: Answer) -> dict[str, Any]:
    """A whole answer."""
    end = {"index": number, "finish_reason": answer.finish, "logprobs": None}
    if kind is CHAT:
        return end | {"message": {"role": "assistant", "content": answer.text, "refusal": None}}
    return end | {"text": answer.text}


def delta(kind: Kind, number: int, change: dict[str, str], finish: str | None = None) -> dict[str, Any]:
    """A part of a streamed answer, or its end."""
    end = {"index": number, "finish_reason": finish, "logprobs": None}
    return end | ({"delta": change} if kind is CHAT else {"text": change.get("content", "")})


def usage(prompt_tokens: int, answers: Sequence[Answer]) -> dict[str, Any]:
    """Tokens read and drawn."""
    drawn = sum(answer.num_tokens for answer in answers)
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": drawn,
        "total_tokens": prompt_tokens + drawn,
        "prompt_tokens_details": {"cached_tokens": sum(answer.num_cached for answer in answers)},
    }
