"""Limits, keys and hosts: what never reaches a route."""

import asyncio
import logging
from collections.abc import Iterator

import httpx
import pytest

from redone.errors import UserError
from redone.serving.engine import Engine
from redone.serving.http.rate import RateLimit
from redone.serving.http.settings import ServiceSettings, read_key
from redone.serving.start import model_service

KEY = "a-secret-key-of-tests-0123456789"
CHAT = {"model": "m", "messages": [{"role": "user", "content": "abc"}], "max_tokens": 2}


class Caller:
    """Calls a service in this process."""

    def __init__(self, engine: Engine, **settings: object) -> None:
        self.service = model_service(engine, "m", ServiceSettings(**settings))  # type: ignore[arg-type]

    def __call__(
        self, method: str, path: str, *, base: str = "http://127.0.0.1", **rest: object
    ) -> httpx.Response:
        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(self.service.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=base) as client:
                return await client.request(method, path, **rest)  # type: ignore[arg-type]

        return asyncio.run(call())


@pytest.fixture
def call(engine: Engine) -> Caller:
    return Caller(engine, max_body_bytes=2000)


def test_health_readiness_and_metrics(call: Caller) -> None:
    assert call("GET", "/healthz").json() == {"status": "ok"}
    assert call("GET", "/readyz").status_code == 200
    assert call("POST", "/v1/chat/completions", json=CHAT).status_code == 200
    page = call("GET", "/metrics").text
    assert 'redone_requests_total{route="/v1/chat/completions",status="200"} 1.0' in page
    assert "redone_rows 0.0" in page


def test_a_request_keeps_its_id(call: Caller) -> None:
    assert call("GET", "/healthz", headers={"x-request-id": "abc-1"}).headers["x-request-id"] == "abc-1"
    made = call("GET", "/healthz", headers={"x-request-id": "a b\tc" * 30}).headers["x-request-id"]
    assert made.startswith("req-")


def test_size_type_and_form(call: Caller) -> None:
    assert call("POST", "/v1/chat/completions", json=CHAT | {"user": "x" * 3000}).status_code == 413

    async def drops() -> Iterator[bytes]:  # no content-length
        for _ in range(10):
            yield b"x" * 500

    assert (
        call(
            "POST", "/v1/chat/completions", content=drops(), headers={"content-type": "application/json"}
        ).status_code
        == 413
    )
    assert (
        call(
            "POST", "/v1/chat/completions", content=b"{", headers={"content-type": "application/json"}
        ).status_code
        == 400
    )
    assert (
        call(
            "POST", "/v1/chat/completions", content=b"{}", headers={"content-type": "text/plain"}
        ).status_code
        == 415
    )
    deep = b'{"messages":' + b"[" * 900 + b"]" * 900 + b"}"
    assert (
        call(
            "POST", "/v1/chat/completions", content=deep, headers={"content-type": "application/json"}
        ).status_code
        == 400
    )
    for bad in (
        b'{"model":"m","messages":[{"role":"user","content":"\\ud800"}]}',
        b"\xff\xfe",
        b"null",
        b"[]",
    ):
        reply = call(
            "POST", "/v1/chat/completions", content=bad, headers={"content-type": "application/json"}
        )
        assert reply.status_code == 400
        assert reply.json()["error"]["message"]
    assert call("GET", "/v1/nothing").status_code == 404
    assert call("GET", "/v1/chat/completions").status_code == 405


def test_a_slow_body_is_given_up(engine: Engine) -> None:
    call = Caller(engine, body_seconds=0.05)

    async def drops() -> Iterator[bytes]:
        yield b"{"
        await asyncio.sleep(1)
        yield b"}"

    reply = call(
        "POST", "/v1/chat/completions", content=drops(), headers={"content-type": "application/json"}
    )
    assert reply.status_code == 408


def test_another_host_name_does_not_get_in(call: Caller) -> None:
    assert call("GET", "/v1/models", base="http://evil.example").status_code == 403
    assert call("GET", "/v1/models", base="http://127.0.0.1.evil.example").status_code == 403
    for good in ("http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"):
        assert call("GET", "/v1/models", base=good).status_code == 200


def test_off_loopback_a_key_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    for host in ("0.0.0.0", "::", "192.168.1.5", "example.org"):
        with pytest.raises(UserError, match="API key"):
            ServiceSettings(host=host)
        ServiceSettings(host=host, api_key=KEY)
    monkeypatch.delenv("SERVE_KEY", raising=False)
    with pytest.raises(UserError, match="SERVE_KEY"):
        read_key("SERVE_KEY", needed=True)
    monkeypatch.setenv("SERVE_KEY", "short")
    with pytest.raises(UserError, match="at least 16") as error:
        read_key("SERVE_KEY", needed=True)
    assert "short" not in str(error.value)


def test_the_key_opens_and_is_told_nowhere(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    call = Caller(engine, host="0.0.0.0", api_key=KEY)
    good = {"authorization": f"Bearer {KEY}"}
    assert call("GET", "/healthz", base="http://any.example").status_code == 200
    for bad in ({}, {"authorization": "Bearer nope"}, {"authorization": KEY[:-1]}):
        reply = call("GET", "/v1/models", headers=bad)
        assert reply.status_code == 401
        assert "www-authenticate" in reply.headers
    shown = [call("GET", path, headers=good).text for path in ("/v1/models", "/metrics", "/openapi.json")]
    shown += [repr(call.service.settings), caplog.text]
    assert not any(KEY in text for text in shown)
    assert call("GET", "/metrics").status_code == 401


def test_rate_and_queue_say_when_to_come_back(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    call = Caller(engine, rate=6)
    assert call("POST", "/v1/chat/completions", json=CHAT).status_code == 200
    limited = call("POST", "/v1/chat/completions", json=CHAT)
    assert limited.status_code == 429
    assert int(limited.headers["retry-after"]) >= 1
    from redone.serving.engine import Busy

    def full(*_: object) -> None:
        raise Busy(7)

    monkeypatch.setattr(engine, "submit", full)
    busy = Caller(engine)("POST", "/v1/chat/completions", json=CHAT)
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "7")


def test_a_draining_server_turns_callers_away(call: Caller) -> None:
    call.service.front.draining = True
    reply = call("POST", "/v1/chat/completions", json=CHAT)
    assert reply.status_code == 503
    assert reply.headers["connection"] == "close"
    assert reply.headers["retry-after"]
    assert call("GET", "/readyz").status_code == 503
    assert call("GET", "/healthz").status_code == 200


def test_a_fault_of_ours_has_an_id_and_no_details(
    call: Caller, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a detail of ours")

    monkeypatch.setattr(engine.chat, "encode_prompt", broken)
    reply = call("POST", "/v1/chat/completions", json=CHAT)
    assert reply.status_code == 500
    assert reply.headers["x-request-id"] in reply.json()["error"]["message"]
    assert "detail" not in reply.text


def test_model_text_is_sent_as_data(call: Caller) -> None:
    """Faults 28: replies are JSON that no browser takes for a page."""
    reply = call("POST", "/v1/chat/completions", json=CHAT)
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_a_bucket_fills_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("redone.serving.http.rate.time.monotonic", lambda: now[0])
    limit = RateLimit(60)
    assert [limit.take("a") for _ in range(10)] == [0] * 10
    assert limit.take("a") == 1
    assert limit.take("b") == 0
    now[0] = 2.0
    assert limit.take("a") == 0
