"""What every request passes first: an id, the key, the host, the rate, the size; and what every fault becomes."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from redone.serving.http.errors import Refused, error_response, fault_response
from redone.serving.http.metrics import Meters
from redone.serving.http.names import new_name
from redone.serving.http.rate import RateLimit
from redone.serving.http.settings import ServiceSettings, is_loopback

logger = logging.getLogger(__name__)
OPEN = frozenset({"/healthz", "/readyz"})
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Front:
    """ASGI middleware around the whole service."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings, meters: Meters) -> None:
        self.app = app
        self.settings = settings
        self.meters = meters
        self.rate = RateLimit(settings.rate)
        self.draining = False
        self.open_paths = OPEN
        """Paths that need no key and say nothing that needs one."""
        self.direct: dict[str, APIRoute] = {}
        """Routes by path whose endpoints take a POST as it is."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        headers = _headers(scope)
        request_id = _request_id(headers)
        scope.setdefault("state", {})["request_id"] = request_id
        watch = _Watched(send, request_id, self.draining)
        began = time.perf_counter()
        try:
            self._admit(scope, headers)
            await self._answer(scope, await self._read(scope, headers, receive), watch)
        except Refused as refused:
            await self._refuse(refused, scope, receive, watch)
        except asyncio.CancelledError:
            watch.status = watch.status or 499
            raise
        except Exception:
            logger.exception("request %s failed", request_id)
            if not watch.status:
                await fault_response(request_id)(scope, receive, watch)
            if not watch.whole:
                raise  # the reply has begun: closing the connection is all that is left
        finally:
            self.meters.request(route_of(scope), watch.status or 499, time.perf_counter() - began)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self.direct.get(scope["path"]) if scope["method"] == "POST" else None
        if route is None:
            await self.app(scope, receive, send)
            return
        scope["route"] = route
        response = await route.endpoint(Request(scope, receive))
        await response(scope, receive, send)

    async def _refuse(self, refused: Refused, scope: Scope, receive: Receive, send: Send) -> None:
        await error_response(refused)(scope, receive, send)

    def _admit(self, scope: Scope, headers: Mapping[str, str]) -> None:
        path = scope["path"]
        if path in self.open_paths:
            return
        self._check_host(headers)
        client = self._check_key(scope, headers)
        if self.draining:
            raise Refused(503, "the server is stopping", code="draining", retry_after=5)
        if scope["method"] == "POST":
            wait = self.rate.take(client)
            if wait:
                raise Refused(429, "too many requests", code="rate_limit_exceeded", retry_after=wait)
            if headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
                raise Refused(415, "content-type must be application/json", code="content_type")

    def _check_host(self, headers: Mapping[str, str]) -> None:
        """Without a key the address is the only lock: a page in a browser must not get in by another name."""
        if self.settings.api_key:
            return
        name = re.sub(r":\d+$", "", headers.get("host", ""))
        if not is_loopback(name):
            raise Refused(403, "the Host header is not this machine's", code="host")

    def _check_key(self, scope: Scope, headers: Mapping[str, str]) -> str:
        """Who asks: a digest of the key, or the address."""
        client = str((scope.get("client") or ("",))[0])
        if not self.settings.api_key:
            return client
        given = headers.get("authorization", "").removeprefix("Bearer ").strip()
        if not hmac.compare_digest(_digest(given), _digest(self.settings.api_key)):
            raise Refused(401, "the API key is missing or wrong", code="invalid_api_key")
        return client

    async def _read(self, scope: Scope, headers: Mapping[str, str], receive: Receive) -> Receive:
        """Read the whole body within its limits; what is passed on gives it back in one piece."""
        if scope["method"] != "POST":
            return receive
        limit = self.settings.max_body_bytes
        declared = headers.get("content-length", "0")
        if not declared.isdigit() or int(declared) > limit:
            raise _too_large(limit)
        try:
            async with asyncio.timeout(self.settings.body_seconds):
                body = await _gather(receive, limit)
        except TimeoutError as error:
            raise Refused(408, "the body took too long to arrive", code="timeout") from error
        pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Message:
            return pending.pop() if pending else await receive()

        return again


class _Watched:
    """``send`` that notes the status and adds the request's id."""

    def __init__(self, send: Send, request_id: str, closing: bool) -> None:
        self._send = send
        self._headers = [(b"x-request-id", request_id.encode()), (b"x-content-type-options", b"nosniff")]
        if closing:
            self._headers.append((b"connection", b"close"))
        self.status = 0
        self.whole = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
            message["headers"] = [*message.get("headers", []), *self._headers]
        await self._send(message)
        self.whole = message["type"] == "http.response.body" and not message.get("more_body", False)


async def _gather(receive: Callable[[], Awaitable[Any]], limit: int) -> bytes:
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(499, "the client went away", code="disconnected")
        size += len(message.get("body", b""))
        if size > limit:
            raise _too_large(limit)
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _too_large(limit: int) -> Refused:
    return Refused(413, f"the body has more than {limit} bytes", code="too_large")


def _headers(scope: Scope) -> Mapping[str, str]:
    """Headers by lower-case name, read once; of one that comes twice the first counts."""
    return {
        name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(list(scope["headers"]))
    }


def _request_id(headers: Mapping[str, str]) -> str:
    given = headers.get("x-request-id", "")
    return given if REQUEST_ID.fullmatch(given) else new_name("req", 16)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def route_of(scope: Scope) -> str:
    """The route's pattern for metrics; unknown paths share one name, so that nobody can make series."""
    route = scope.get("route")
    return str(getattr(route, "path", "other"))
