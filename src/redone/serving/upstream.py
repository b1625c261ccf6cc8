"""In front of another OpenAI-compatible server: its chats are passed through, the applications stand here."""

from __future__ import annotations

import math
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2
import orjson
from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from redone.errors import UserError
from redone.serving.apps.brains import Drafts, Written
from redone.serving.http.errors import Refused
from redone.serving.http.waiting import while_connected

LARGEST_REPLY = 8 * 2**20
PASSED = ("content-type", "retry-after")


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamSettings:
    """Where the model is: a base URL ending before ``/chat/completions``, given by the operator alone.

    No request can name another address, and redirects are not followed. The key is read from an environment
    variable and sent nowhere else.
    """

    url: str
    model: str
    key_variable: str = ""
    seconds: float = 120.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.password:
            raise UserError(f"--upstream must be an http(s) URL without a password, not {parts.scheme}://...")
        if parts.query or parts.fragment:
            raise UserError("--upstream must end before /chat/completions, without a query")
        if not self.model:
            raise UserError("--upstream needs --name: what the other server calls the model")


class Upstream:
    """Connections to the other server, and a ``Brain`` on it."""

    def __init__(
        self, settings: UpstreamSettings, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self.settings = settings
        headers = {"content-type": "application/json"}
        if settings.key_variable:
            key = os.environ.get(settings.key_variable, "")
            if not key:
                raise UserError(
                    f"the environment variable {settings.key_variable} is not set; put the key there"
                )
            headers["authorization"] = f"Bearer {key}"
        self.http = httpx2.AsyncClient(
            headers=headers,
            timeout=settings.seconds,
            trust_env=False,
            follow_redirects=False,
            transport=transport,
        )

    def url(self, path: str) -> str:
        """The other server's address of one endpoint."""
        return f"{self.settings.url.rstrip('/')}/{path}"

    async def choose(self, prompt: str, labels: Sequence[str]) -> list[float] | None:
        """Read the first token's log-probabilities; None when the server gives none for the labels."""
        body = {
            **self._body(prompt), "max_tokens": 1, "temperature": 0, "logprobs": True, "top_logprobs": 20,
        }  # fmt: skip
        choice = (await self._post(body))["choices"][0]
        content = (choice.get("logprobs") or {}).get("content") or []
        if not content:
            return None
        weights = [0.0] * len(labels)
        for option in content[0].get("top_logprobs") or []:
            token = str(option["token"]).strip().casefold()
            for place, label in enumerate(labels):
                if token and label.casefold().startswith(token):
                    weights[place] += math.exp(float(option["logprob"]))
        total = sum(weights)
        return [weight / total for weight in weights] if total > 0.05 else None

    async def write(self, prompt: str, drafts: Drafts) -> list[Written]:
        """Drawn texts in one call."""
        body = {
            **self._body(prompt), "max_tokens": drafts.max_tokens, "temperature": drafts.temperature,
            "n": drafts.count, "seed": drafts.seed,
        }  # fmt: skip
        choices = (await self._post(body))["choices"]
        return [
            Written(str(c["message"]["content"]).strip(), None)
            for c in choices
            if c.get("finish_reason") == "stop"
        ]

    def _body(self, prompt: str) -> dict[str, object]:
        return {"model": self.settings.model, "messages": [{"role": "user", "content": prompt}]}

    async def _post(self, body: dict[str, object]) -> Any:
        try:
            answer = await self.http.post(self.url("chat/completions"), content=orjson.dumps(body))
        except httpx2.HTTPError as error:
            raise Refused(
                502, f"the model's server cannot be reached: {type(error).__name__}", code="upstream"
            ) from error
        if answer.status_code != 200:
            raise _refusal(answer.status_code, answer.headers.get("retry-after", ""))
        try:
            read = orjson.loads(answer.content)
            assert read["choices"][0]["message"] is not None
        except (ValueError, KeyError, IndexError, TypeError, AssertionError) as error:
            raise Refused(502, "the model's server sent a reply of another form", code="upstream") from error
        return read

    async def forward(self, path: str, content: bytes) -> Response:
        """Pass a request on and its reply back, streamed or whole, as it is."""
        stack = AsyncExitStack()
        try:
            reply = await stack.enter_async_context(self.http.stream("POST", self.url(path), content=content))
        except httpx2.HTTPError as error:
            raise Refused(
                502, f"the model's server cannot be reached: {type(error).__name__}", code="upstream"
            ) from error
        if 300 <= reply.status_code < 400 or reply.status_code in {401, 403} or reply.status_code >= 500:
            await stack.aclose()
            raise _refusal(reply.status_code, reply.headers.get("retry-after", ""))

        async def source() -> AsyncIterator[bytes]:
            async with stack:
                async for part in reply.aiter_bytes():
                    yield part

        headers = {name: reply.headers[name] for name in PASSED if name in reply.headers}
        return StreamingResponse(source(), reply.status_code, headers)


def _refusal(status: int, retry_after: str) -> Refused:
    if status in {429, 503}:
        wait = int(retry_after) if retry_after.isdigit() else 1
        return Refused(status, "the model's server is busy", code="upstream", retry_after=min(wait, 60))
    return Refused(502, f"the model's server answered {status}", code="upstream")


def upstream_routes(upstream: Upstream) -> APIRouter:
    """The OpenAI endpoints, passed through."""
    router = APIRouter()
    name = upstream.settings.model
    card = {"id": name, "object": "model", "created": 0, "owned_by": "upstream"}

    @router.post("/v1/chat/completions")
    async def chat(request: Request) -> Response:
        return await while_connected(
            upstream.forward("chat/completions", _checked(await request.body())), request
        )

    @router.post("/v1/completions")
    async def complete(request: Request) -> Response:
        return await while_connected(upstream.forward("completions", _checked(await request.body())), request)

    @router.get("/v1/models")
    async def models() -> Response:
        return Response(orjson.dumps({"object": "list", "data": [card]}), media_type="application/json")

    return router


def _checked(content: bytes) -> bytes:
    """The body, if it is a JSON object that asks for nothing to be fetched."""
    try:
        body = orjson.loads(content)
    except ValueError as error:
        raise Refused(400, "body: not valid JSON", code="json_invalid") from error
    if not isinstance(body, dict):
        raise Refused(400, "body: must be an object", code="json_type")
    for turn in body.get("messages") or []:
        parts = turn.get("content") if isinstance(turn, dict) else None
        if isinstance(parts, list) and any(not isinstance(p, dict) or p.get("type") != "text" for p in parts):
            raise Refused(400, "messages: only text is taken; nothing is fetched", param="messages")
    return content
