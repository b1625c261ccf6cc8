"""A client for chat completions over HTTP in OpenAI's format (vLLM, SGLang, llama.cpp, hosted models).

Every call ends in answers or in an ``EndpointError`` that says what was tried: an endpoint that is down never
becomes an empty answer or a zero.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx2
import orjson

from redone.errors import RedoneError, UserError
from redone.records import Message

WORTH_RETRYING = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
LONGEST_WAIT = 30.0  # seconds
LARGEST_REPLY = 32 * 2**20  # bytes


class EndpointError(RedoneError):
    """An endpoint gave no usable reply. ``status`` is the last HTTP status, None when there was none."""

    def __init__(self, message: str, *, status: int | None, attempts: int) -> None:
        super().__init__(f"{message} (after {attempts} attempt{'s' if attempts > 1 else ''})")
        self.status = status
        self.attempts = attempts


class _Retry(Exception):
    def __init__(self, reason: str, status: int | None = None, wait: float | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.wait = wait


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSettings:
    """Where the model is and how patient to be.

    ``url`` is the base that ends before ``/chat/completions``. The key is read from the environment
    variable named ``key_variable``, so that it stands in no file. ``timeout`` and ``first_wait`` are
    seconds; waits double.
    """

    url: str
    model: str
    key_variable: str = ""
    timeout: float = 120.0
    attempts: int = 5
    first_wait: float = 0.5
    parallel: int = 8

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise UserError(f"url must begin with http:// or https://, not {self.url!r}")
        if self.attempts < 1 or self.parallel < 1 or self.timeout <= 0 or self.first_wait < 0:
            raise UserError(f"attempts and parallel must be at least 1, timeout above 0: {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """One conversation to be continued ``count`` times."""

    messages: tuple[Message, ...]
    max_tokens: int = 512
    temperature: float = 0.0
    top_p: float = 1.0
    count: int = 1
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """One answer; ``finish`` is the endpoint's own word ("stop", "length", ...)."""

    text: str
    finish: str


class EndpointClient:
    """Sends chat requests; close it, or use it in a ``with`` block."""

    def __init__(self, settings: EndpointSettings, sleep: Callable[[float], None] = time.sleep) -> None:
        """Open the connections lazily; ``sleep`` is what waits between attempts.

        Raises:
            UserError: the environment variable for the key is named but not set.

        """
        self.settings = settings
        self._sleep = sleep
        headers = {"content-type": "application/json"}
        if settings.key_variable:
            key = os.environ.get(settings.key_variable)
            if not key:
                raise UserError(
                    f"the environment variable {settings.key_variable} is not set; put the key there"
                )
            headers["authorization"] = f"Bearer {key}"
        self._http = httpx2.Client(headers=headers, timeout=settings.timeout, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def complete(self, request: ChatRequest) -> list[ChatAnswer]:
        """``request.count`` answers.

        Raises:
            EndpointError: no usable reply within the attempts, or a refusal that another attempt cannot
            change.

        """
        wait = self.settings.first_wait
        for attempt in range(1, self.settings.attempts + 1):
            try:
                return self._once(request, attempt)
            except _Retry as retry:
                if attempt == self.settings.attempts:
                    raise EndpointError(str(retry), status=retry.status, attempts=attempt) from retry
                self._sleep(min(retry.wait if retry.wait is not None else wait, LONGEST_WAIT))
                wait *= 2
        raise AssertionError("the loop returns or raises")

    def _once(self, request: ChatRequest, attempt: int) -> list[ChatAnswer]:
        url = f"{self.settings.url.rstrip('/')}/chat/completions"
        try:
            with self._http.stream("POST", url, content=orjson.dumps(self._body(request))) as reply:
                content = _read(reply)
        except httpx2.HTTPError as error:
            raise _Retry(f"{url} cannot be reached: {type(error).__name__}: {error}") from error
        if reply.status_code in WORTH_RETRYING:
            reason = f"{url} answered {reply.status_code}: {_shown(content)}"
            raise _Retry(reason, reply.status_code, _asked_wait(reply))
        if reply.status_code != 200:
            message = f"{url} answered {reply.status_code}: {_shown(content)}"
            raise EndpointError(message, status=reply.status_code, attempts=attempt)
        return _answers(content, request.count, url)

    def _body(self, request: ChatRequest) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.settings.model,
            "messages": [{"role": m.role, "content": m.content} for m in request.messages],
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "top_p": request.top_p,
            "n": request.count,
        }
        return body if request.seed is None else body | {"seed": request.seed}


def _read(reply: httpx2.Response) -> bytes:
    parts, size = [], 0
    for part in reply.iter_bytes():
        size += len(part)
        if size > LARGEST_REPLY:
            raise _Retry(f"the reply has more than {LARGEST_REPLY} bytes", reply.status_code)
        parts.append(part)
    return b"".join(parts)


def _answers(content: bytes, count: int, url: str) -> list[ChatAnswer]:
    """Read the reply strictly: what does not have the promised form is a failure, not an empty answer."""
    try:
        choices = orjson.loads(content)["choices"]
        answers = [ChatAnswer(c["message"]["content"], str(c.get("finish_reason") or "")) for c in choices]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _Retry(f"{url} sent a reply of another form: {_shown(content)}", 200) from error
    if len(answers) != count or not all(isinstance(a.text, str) for a in answers):
        raise _Retry(f"{url} sent {len(answers)} answers where {count} with text were asked", 200)
    return answers


def _asked_wait(reply: httpx2.Response) -> float | None:
    try:
        return max(0.0, float(reply.headers.get("retry-after", "")))
    except ValueError:
        return None  # absent, or a date


def _shown(content: bytes) -> str:
    return content[:300].decode("utf-8", errors="replace")
